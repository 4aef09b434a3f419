from __future__ import annotations

import pytest

from recsys.governance.version_history import history_of

from .test_decisions import STORY, decided


def told(version: int) -> list[str]:
    return [one.kind for one in history_of(version, STORY).decisions]


@pytest.mark.parametrize(
    ("version", "status"),
    [
        (1, "served until 2026-01-03; version 3 serves now"),
        (2, "passed over: a newer version came before anybody decided on it; it never served"),
        (3, "champion, put back"),
        (4, "served until 2026-01-15; version 3 serves now"),
        (5, "rejected; it never serves"),
        (6, "registered"),
    ],
)
def test_status_is_that_after_the_last_decision_whomever_it_was_on(version: int, status: str):
    assert history_of(version, STORY).status == status


def test_status_on_the_way_there():
    assert history_of(1, STORY[:1]).status == "serves until another version is approved; version 2 waits for approval"
    assert history_of(2, STORY[:1]).status == "waits for approval; version 1 serves"
    assert history_of(3, STORY[:2]).status == "champion by the gate"
    assert history_of(3, STORY[:4]).status == "champion by the gate; version 4 waits for approval"
    assert history_of(4, STORY[:5]).status == "champion, approved"


def test_decisions_on_other_versions_that_ended_or_prolonged_a_service_are_told():
    assert told(1) == ["serves while version 2 waits", "version 3 serves instead: promoted"]
    assert told(2) == ["waiting", "passed over for version 3"]
    assert told(3) == [
        "promoted",
        "serves on: a challenger was refused",
        "serves on while version 4 waits",
        "version 4 serves instead: approved",
        "put back",
    ]
    assert told(4) == [
        "waiting",
        "approved",
        "serves on while version 5 waits",
        "serves on: version 5 rejected",
        "version 3 serves instead: put back",
    ]
    assert told(5) == ["waiting", "rejected"]
    assert told(6) == []


def test_popularity_that_stands_in_for_a_champion_that_cannot_serve_ends_its_service():
    decisions = [decided(1, "promoted", 1, 1), decided(2, "waiting", 2, 3)]
    assert [one.kind for one in history_of(1, decisions).decisions] == ["promoted", "version 3 serves instead: waiting"]
    assert history_of(3, decisions).status == "serves until another version is approved; version 2 waits for approval"


@pytest.mark.parametrize(
    ("version", "n_decisions", "approved_by"),
    [
        (1, 8, "nobody was asked: it serves where nothing is approved"),
        (2, 1, "nobody yet"),
        (2, 2, "nobody"),
        (3, 7, "nobody was asked: the gate promoted it"),
        (3, 8, "nobody was asked: the gate promoted it; put back by gate, 2026-01-15: because"),
        (4, 8, "gate, 2026-01-09: because"),
        (5, 8, "nobody: rejected by gate"),
        (6, 8, "nobody: no decision on it is written down"),
    ],
)
def test_who_approved_is_told_of_what_happened_to_this_version(version: int, n_decisions: int, approved_by: str):
    assert history_of(version, STORY[:n_decisions]).approved_by == approved_by
