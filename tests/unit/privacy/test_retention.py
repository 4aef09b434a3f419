from __future__ import annotations

import re
from pathlib import Path

import pytest

from recsys.errors import SettingsError
from recsys.evaluation.splits import HORIZON_DAYS, N_INNER, N_OUTER
from recsys.feed.contract import MAX_COOLING_OFF_DAYS
from recsys.io.retention_file import read_retention
from recsys.privacy.places import PLACES, OnErasure
from recsys.privacy.retention import FOLD_DAYS, LEAST_DAYS, effective_places, parse_retention
from recsys.ranking.rules.questionnaire import VALID_DAYS

PROJECT = Path(__file__).parents[3]


def place(content: str, name: str):
    return {place.name: place for place in effective_places(parse_retention(content.encode()))}[name]


def refusal(content: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        parse_retention(content.encode())
    return caught.value


def test_without_a_file_the_packaged_policy_is_in_force(tmp_path: Path) -> None:
    assert effective_places(read_retention(tmp_path)) == PLACES


def test_a_file_in_the_home_changes_the_policy(tmp_path: Path) -> None:
    (tmp_path / "retention.toml").write_text("[raw.transactions]\nkeep_days = 800\n")
    kept = {place.name: place.keep_days for place in effective_places(read_retention(tmp_path))}
    assert kept.pop("raw.transactions") == 800
    assert kept == {place.name: place.keep_days for place in PLACES if place.name != "raw.transactions"}


def test_a_law_of_the_bank_may_restrict_what_is_erased_elsewhere() -> None:
    text = '[raw.transactions]\non_erasure = "restrict"\nrestrict_days = 3650\nduty = "Tax code, section 147"\n'
    changed = place(text, "raw.transactions")
    assert (changed.on_erasure, changed.restrict_days, changed.duty) == (
        OnErasure.RESTRICT, 3650, "Tax code, section 147",
    )  # fmt: skip


def test_a_place_that_is_erased_is_not_restricted_for_any_time() -> None:
    changed = place('[serving.recommendation_rows]\non_erasure = "erase"\n', "serving.recommendation_rows")
    assert (changed.on_erasure, changed.restrict_days) == (OnErasure.ERASE, None)


@pytest.mark.parametrize(
    ("content", "message", "remedy"),
    [
        ("[raw.transaction]\nkeep_days = 800", "line 1: there is no place raw.transaction", "mean raw.transactions?"),
        ("\n[raw.surveys]\nkept = 800", r"line 3, [raw.surveys]: kept is not a key", "keep_days"),
        ("keep_days = 3", "keep_days stands outside a table", "[schema.table]"),
        ("[raw]\nsurveys = 3", "raw.surveys is no table", "[raw.surveys]"),
        ("[raw.surveys]\nkeep_days = -1", "line 2, [raw.surveys]: keep_days must be a whole number", "365"),
        ("[raw.surveys]\nkeep_days = true", "must be a whole number", "365"),
        ("[raw.transactions]\nkeep_days = 364", "spend_365d", "at least 665 days"),
        ("[raw.surveys]\nkeep_days = 4000", "longer than the 1825 days", "duty"),
        ("[raw.customers]\nkeep_days = 900", "no date of their own", "Leave the key out."),
        ('[raw.surveys]\non_erasure = "keep"', "must be erase or restrict", "erase"),
        ('[raw.surveys]\non_erasure = "restrict"', "without the law", "duty"),
        ('[ops.audit_log]\non_erasure = "erase"', "cannot be changed: GDPR art. 5(2)", "Leave the key out."),
        ('[raw.products]\non_erasure = "erase"', "no person's rows", "Leave the key out."),
        ("[raw.surveys]\nrestrict_days = 9", "restricts nothing", "restrict"),
        ("[raw.consents]\nrestrict_days = 9", "art. 7(1)", "duty"),
        ("[raw.surveys]\nduty = 9", "must name a law", "law"),
        ("[raw.surveys", "is not TOML", "retention.toml"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place_and_what_to_do(content: str, message: str, remedy: str) -> None:
    error = refusal(content)
    assert message in error.message
    assert remedy in error.remedy


def test_least_periods_are_what_features_rules_and_folds_look_back_on() -> None:
    project = PROJECT / "dbt_project" / "models"
    windows = [
        int(days)
        for path in project.rglob("*.sql")
        for days in re.findall(r"(?:feature_date - |age_days < )(\d+)", path.read_text())
    ]
    assert max(windows) + FOLD_DAYS == LEAST_DAYS["raw.transactions"][0]
    assert LEAST_DAYS["raw.surveys"][0] == VALID_DAYS + FOLD_DAYS
    assert LEAST_DAYS["raw.interactions"][0] == max(MAX_COOLING_OFF_DAYS, FOLD_DAYS)
    assert LEAST_DAYS["raw.holdings"][0] == HORIZON_DAYS + FOLD_DAYS
    assert (N_INNER + N_OUTER) * HORIZON_DAYS == FOLD_DAYS


def test_packaged_periods_are_long_enough_for_features_and_rules() -> None:
    packaged = {place.name: place.keep_days for place in PLACES}
    assert {name for name, (least, _) in LEAST_DAYS.items() if (packaged[name] or least) < least} == set()
