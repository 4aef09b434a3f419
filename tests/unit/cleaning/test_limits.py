from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from recsys.cleaning.limits import breaches
from recsys.cleaning.parsing import LANDING_TYPES
from recsys.feed.columns import Column, Kind, Privacy, Purpose

LATEST = date(2024, 12, 31)


def broken(kind: Kind, values: list[Any], **limits: Any) -> list[tuple[str, list[bool]]]:
    column = Column("x", kind, Privacy.KEEP, Purpose.AUDIT, "", **limits)
    found = breaches(column, pa.array(values, LANDING_TYPES[kind]), LATEST)
    return [(breach.rule, breach.rows.tolist()) for breach in found if breach.rows.any()]


@pytest.mark.parametrize(
    ("kind", "values", "limits", "expected"),
    [
        (Kind.TEXT, ["a", None], {"required": True}, [("required", [False, True])]),
        (Kind.TEXT, ["abc", "äbc", "abcd", None], {"max_length": 3}, [("max_length", [False, False, True, False])]),
        (Kind.TEXT_LIST, [["a", "b"], ["ab", "b"]], {"max_length": 3}, [("max_length", [False, True])]),
        (Kind.TEXT, ["a", "b", None], {"choices": ("a",)}, [("choice", [False, True, False])]),
        (Kind.TEXT_LIST, [["a", "b"], None, [], ["b", "c"], ["c"]], {"choices": ("a", "b")}, [
            ("choice", [False, False, False, True, True])]),
        (Kind.INTEGER, [0, 1, 7, 8, None], {"minimum": 1, "maximum": 7}, [
            ("range", [True, False, False, False, False]), ("range", [False, False, False, True, False])]),
        (Kind.MONEY, [Decimal("-0.01"), Decimal(0)], {"minimum": 0}, [("range", [True, False])]),
        (Kind.DATE, [LATEST, date(2025, 1, 1), None], {"not_future": True}, [("future_date", [False, True, False])]),
        (Kind.TIMESTAMP, [datetime(2024, 12, 31, 23, 59, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)],
            {"not_future": True}, [("future_date", [False, True])]),
        (Kind.TEXT, ["a"], {"required": True, "choices": ("a",)}, []),
    ],
)  # fmt: skip
def test_limit_takes_exactly_the_rows_that_break_it(
    kind: Kind, values: list[Any], limits: dict[str, Any], expected: list[tuple[str, list[bool]]]
) -> None:
    assert broken(kind, values, **limits) == expected
