"""How figures are told, and where links of operations lead."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.api.pages.languages import words_in
from recsys.api.pages.operations.console_links import console_links
from recsys.api.pages.operations.rule_names import rule_name
from recsys.api.pages.operations.voice import Voice
from recsys.api.pages.operations.warnings import reach_sentence, validity_warning
from recsys.ranking.eligibility import UNSCORED
from recsys.ranking.rule_reach import ReachWarning
from recsys.ranking.rules.registry import RULES
from recsys.settings import Settings

ENGLISH, GERMAN = Voice(words_in("en")), Voice(words_in("de"))
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, ""), (0.04, "0.0 s"), (9.94, "9.9 s"), (42.4, "42 s"), (76, "1 min 16 s"), (3725, "1 h 2 min")],
)
def test_times_are_told_in_units_that_all_know(seconds: float | None, told: str) -> None:
    assert ENGLISH.seconds(seconds) == told


@pytest.mark.parametrize(
    ("change", "told"), [(None, ""), (0.0, "±0.0"), (0.0004, "±0.0"), (0.0134, "+1.3"), (-0.2, "−20.0")]
)
def test_changes_of_shares_are_told_in_points_with_their_sign(change: float | None, told: str) -> None:
    assert ENGLISH.points(change) == told


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert (ENGLISH.number(1234), GERMAN.number(1234)) == ("1,234", "1.234")
    assert GERMAN.share(0.1234) == "12,3\N{NO-BREAK SPACE}%"
    assert (GERMAN.marks.decimal, GERMAN.marks.thousands) == (",", ".")


def test_count_that_could_be_one_person_is_told_as_too_few() -> None:
    assert (ENGLISH.number(None), ENGLISH.share(None), GERMAN.number(None)) == ("too few", "too few", "zu wenige")


def test_every_rule_has_a_name_in_every_language() -> None:
    names = [*(rule.name for rule in RULES), UNSCORED]
    assert [name for name in names if rule_name(ENGLISH, name) == name] == []
    assert [name for name in names if rule_name(GERMAN, name) == rule_name(ENGLISH, name)] == []
    assert rule_name(ENGLISH, "of_before") == "of_before"


@pytest.mark.parametrize(
    ("left", "told"),
    [(timedelta(days=3), None), (timedelta(hours=3), "ends on"), (-timedelta(hours=1), "nobody is shown anything")],
)
def test_publication_that_ends_is_told_a_day_before(left: timedelta, told: str | None) -> None:
    warning = validity_warning(ENGLISH, {"valid_until": NOW + left}, NOW)
    assert warning is None if told is None else told in str(warning)


def test_far_rule_names_three_products_and_counts_the_others() -> None:
    warning = ReachWarning("income", ("a", "b", "c", "d", "e"), 0.991, "")
    assert reach_sentence(ENGLISH, warning, {"a": "Loan"}).startswith("“Income” refuses Loan, b, c and 2 more to 99.1%")


def test_links_lead_to_the_services_of_the_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert console_links(settings).run("training", "r1") == ""
    (tmp_path / "ports.json").write_text(json.dumps({"airflow": 8123, "mlflow": 5123}))
    links = console_links(settings)
    assert links.run("training", "r:1") == "http://127.0.0.1:8123/dags/training/runs/r%3A1"
    assert links.training("t1") == "http://127.0.0.1:5123/#/runs/t1"


def test_links_lead_to_servers_of_the_banks_own_only_where_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text(json.dumps({"mlflow": 5123}))
    settings = Settings(home=tmp_path, database_host="db")
    assert console_links(settings).version(3) == ""
    told = settings.model_copy(update={"mlflow_page": "https://mlflow.bank.example/"})
    assert console_links(told).version(3) == "https://mlflow.bank.example/#/models/recsys/versions/3"
