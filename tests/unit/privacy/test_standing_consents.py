from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from recsys.privacy.standing_consents import standing_consents


def said(purpose: str, day: int, *, granted: bool) -> dict[str, Any]:
    moment = datetime(2026, 1, day, tzinfo=UTC)
    return {"purpose": purpose, "is_granted": granted, "recorded_at": moment, "channel": "feed"}


def yes(purpose: str, day: int) -> dict[str, Any]:
    return said(purpose, day, granted=True)


def no(purpose: str, day: int) -> dict[str, Any]:
    return said(purpose, day, granted=False)


@pytest.mark.parametrize(
    ("decisions", "purpose", "stands"),
    [
        ([], "profiling", None),
        ([yes("profiling", 1), no("profiling", 2)], "profiling", False),
        ([yes("profiling", 2), no("profiling", 1)], "profiling", True),
        ([yes("profiling", 1), no("profiling", 1)], "profiling", False),
        ([no("profiling", 1), yes("profiling", 1)], "profiling", False),
        ([yes("marketing", 1)], "marketing_email", True),
        ([no("marketing", 2), yes("marketing_email", 1)], "marketing_email", False),
        ([no("marketing", 1), yes("marketing_email", 1)], "marketing_email", False),
        ([no("marketing", 1), yes("marketing_email", 2)], "marketing_email", True),
        ([yes("marketing", 2), no("marketing_email", 1)], "marketing_email", False),
        ([no("marketing", 1)], "third_party", None),
    ],
)
def test_the_word_that_counts_is_the_one_that_dbt_lets_count(
    decisions: list[dict[str, Any]], purpose: str, stands: bool | None
) -> None:
    assert {one.purpose: one.is_granted for one in standing_consents(decisions)}[purpose] is stands
