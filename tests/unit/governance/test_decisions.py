from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from recsys.errors import ModelError, NotFoundError
from recsys.governance.decision_words import MAX_NAME, MAX_REASON, words_of
from recsys.governance.decisions import (
    DecisionKind,
    ModelDecision,
    check_waits,
    in_words,
    live_on,
    state_of,
    version_in_words,
    version_to_go_back_to,
    waiting_version,
)


def decided(day: int, kind: DecisionKind, version: int | None, live: int | None) -> ModelDecision:
    return ModelDecision(
        day, kind, version, "inductive", live, live and "inductive", f"run-{day}", f"training-{day}",
        date(2026, 1, day), "because", "gate", datetime(2026, 1, day, 23, 59, tzinfo=UTC),
    )  # fmt: skip


# Version 1 stands in while 2 waits; 3 passes it over and is promoted; 4 is approved, 5 rejected; then back to 3.
STORY = [
    decided(1, "waiting", 2, 1),
    decided(3, "promoted", 3, 3),
    decided(5, "refused", None, 3),
    decided(7, "waiting", 4, 3),
    decided(9, "approved", 4, 4),
    decided(11, "waiting", 5, 4),
    decided(13, "rejected", 5, 4),
    decided(15, "rolled_back", 3, 3),
]


def test_every_version_has_a_state_that_its_decisions_tell():
    states = {version: state_of(version, STORY) for version in range(1, 7)}
    assert states == {
        1: "served before", 2: "passed over", 3: "live", 4: "served before", 5: "rejected", 6: "registered",
    }  # fmt: skip
    assert state_of(4, STORY[:4]) == "waiting"
    assert state_of(3, STORY[:4]) == "live"


def test_version_that_was_put_back_is_named():
    assert [in_words(one.kind, one.model_version) for one in STORY[-2:]] == ["rejected", "put back 3"]
    assert [version_in_words(one.model_version, one.recipe_kind) for one in STORY[2:4]] == [
        "inductive",
        "4 (inductive)",
    ]
    assert version_in_words(None, None) == ""


@pytest.mark.parametrize(
    ("n_decisions", "waiting"), [(0, None), (1, 2), (2, None), (3, None), (4, 4), (5, None), (6, 5), (7, None)]
)
def test_only_the_newest_version_waits_and_only_until_somebody_decides(n_decisions: int, waiting: int | None):
    assert waiting_version(STORY[:n_decisions]) == waiting


def test_going_back_while_a_challenger_waits_leaves_it_waiting():
    assert waiting_version([*STORY[:6], decided(12, "rolled_back", 3, 3)]) == 5


def test_what_does_not_wait_is_not_decided_on():
    check_waits(4, STORY[:4])
    with pytest.raises(ModelError, match="newest challenger, version 4, does"):
        check_waits(2, STORY[:4])
    with pytest.raises(NotFoundError, match="none does"):
        check_waits(5, STORY)


@pytest.mark.parametrize(
    ("day", "live"), [(1, 1), (2, 1), (3, 3), (8, 3), (9, 4), (14, 4), (15, 3), (31, 3)]
)  # fmt: skip
def test_history_knows_what_was_live_at_the_end_of_any_day(day: int, live: int):
    standing = live_on(date(2026, 1, day), STORY)
    assert standing is not None
    assert standing.live_version == live
    assert standing.decided_at.day <= day


def test_what_served_is_told_with_the_decision_by_which_it_began():
    assert live_on(date(2026, 1, 8), STORY) == STORY[1]
    assert live_on(date(2026, 1, 20), STORY) == STORY[-1]
    assert live_on(date(2025, 12, 31), STORY) is None


def test_going_back_leads_to_what_served_before_and_to_nothing_else():
    assert version_to_go_back_to(None, STORY) == 4
    assert version_to_go_back_to(1, STORY) == 1
    with pytest.raises(ModelError, match="is the one that serves"):
        version_to_go_back_to(3, STORY)
    for never in (2, 5, 6):
        with pytest.raises(NotFoundError, match="never served"):
            version_to_go_back_to(never, STORY)
    with pytest.raises(NotFoundError, match="No version served before"):
        version_to_go_back_to(None, STORY[:1])


def test_words_are_kept_on_one_line():
    words = words_of("  Ada \t Lovelace ", "The gain\nis  certain.")
    assert (words.by, words.because) == ("Ada Lovelace", "The gain is certain.")


@pytest.mark.parametrize(
    ("by", "because", "trouble"),
    [
        ("", "It is better.", "--by is empty"),
        (" \n ", "It is better.", "--by is empty"),
        ("Ada", "…", "--because is empty"),
        ("Ada", "It is\x00 better.", "--because is empty or cannot be read"),
        ("Gate", "It is better.", "the word for the gate itself"),
        ("A" * (MAX_NAME + 1), "It is better.", "at most 100"),
        ("Ada", "A" * (MAX_REASON + 1), "at most 1000"),
        ("Ada", "As jane.doe@example.com wished.", "EMAIL_ADDRESS"),
        ("Ada", "She called from +49 30 901820, and was unhappy.", "PHONE_NUMBER"),
        ("Ada", "For DE89 3704 0044 0532 0130 00 it was wrong.", "IBAN_CODE"),
    ],
)
def test_words_that_are_empty_too_long_or_tell_of_a_person_are_refused(by: str, because: str, trouble: str):
    with pytest.raises(ModelError, match=trouble) as refused:
        words_of(by, because)
    assert "jane" not in str(refused.value)
    assert "3704" not in str(refused.value)


@pytest.mark.parametrize(
    "reason", ["Meeting of 2026-11-24, item 3.", "NDCG@5 +0.0213 (0.0101 to 0.0325)", "Ticket RISK-1234"]
)
def test_figures_dates_and_tickets_are_no_numbers_of_persons(reason: str):
    assert words_of("Ada Lovelace", reason).because == reason
