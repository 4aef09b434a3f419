from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from recsys.cleaning.parsing import parse
from recsys.feed.columns import Kind

WRONG = object()


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.TEXT, " as it is ", " as it is "),
        (Kind.TEXT, "", None),
        (Kind.INTEGER, "-12", -12),
        (Kind.INTEGER, "007", 7),
        *((Kind.INTEGER, text, WRONG) for text in ("1.0", "0x1F", " 3", "1,000", "9" * 19, "٣")),
        (Kind.NUMBER, "1e-3", 0.001),
        (Kind.NUMBER, ".5", 0.5),
        *((Kind.NUMBER, text, WRONG) for text in ("nan", "inf", "1,5", "--1", "1e999")),
        (Kind.MONEY, "1.5", Decimal("1.50")),
        (Kind.MONEY, "-0.10", Decimal("-0.10")),
        (Kind.MONEY, "1.2300", Decimal("1.23")),
        *((Kind.MONEY, text, WRONG) for text in ("1.234", "1,000.00", "1e3", "€5", "1" * 16)),
        (Kind.DATE, "2024-02-29", date(2024, 2, 29)),
        *((Kind.DATE, text, WRONG) for text in ("2023-02-29", "2024-13-01", "29.02.2024", "2024-02-29T00:00", "soon")),
        (Kind.TIMESTAMP, "2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        (Kind.TIMESTAMP, "2024-02-29 10:30", datetime(2024, 2, 29, 10, 30, tzinfo=UTC)),
        (Kind.TIMESTAMP, "2024-02-29T10:30:00+02:00", datetime(2024, 2, 29, 8, 30, tzinfo=UTC)),
        (Kind.TIMESTAMP, "2024-02-29T10:30:00.25Z", datetime(2024, 2, 29, 10, 30, 0, 250_000, tzinfo=UTC)),
        *((Kind.TIMESTAMP, text, WRONG) for text in ("2024-02-30T10:30", "2024-02-29T25:00", "1709200000", "10:30")),
        (Kind.BOOLEAN, "YES", True),
        (Kind.BOOLEAN, "0", False),
        (Kind.BOOLEAN, "maybe", WRONG),
        (Kind.TEXT_LIST, "a|b", ["a", "b"]),
        *((Kind.TEXT_LIST, text, WRONG) for text in ("a||b", "|a", "a|")),
    ],
)
def test_text_becomes_its_kind_or_is_wrong(kind: Kind, text: str, value: Any) -> None:
    # Once alone and once beside a value that is wrong for every kind but text: one row never changes another.
    for values in ([text], [text, None, "\u00bf|"]):
        parsed = parse(kind, pa.array(values, pa.string()))
        assert bool(parsed.wrong[0]) == (value is WRONG)
        assert parsed.values[0].as_py() == (None if value is WRONG else value)


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Kind.TEXT, pa.array([5, None]), ["5", None]),
        (Kind.TEXT, pa.array(["a", None]).dictionary_encode(), ["a", None]),
        (Kind.INTEGER, pa.array([2.0, 2.5, None]), [2, WRONG, None]),
        (Kind.NUMBER, pa.array([2, 3]), [2.0, 3.0]),
        (Kind.NUMBER, pa.array([2.5, float("nan")]), [2.5, WRONG]),
        (Kind.MONEY, pa.array([0.1 + 0.2, 1.005, 1e15]), [Decimal("0.30"), WRONG, WRONG]),
        (Kind.MONEY, pa.array([Decimal("1.230"), Decimal("1.234")]), [Decimal("1.23"), WRONG]),
        (Kind.DATE, pa.array([1_704_067_200, 1_704_078_000], pa.timestamp("s")), [date(2024, 1, 1), WRONG]),
        (Kind.TIMESTAMP, pa.array([date(2024, 1, 1)]), [datetime(2024, 1, 1, tzinfo=UTC)]),
        (
            Kind.TIMESTAMP,
            pa.array([1, 2000], pa.timestamp("ns")),
            [WRONG, datetime(1970, 1, 1, 0, 0, 0, 2, tzinfo=UTC)],
        ),
        (Kind.BOOLEAN, pa.array([True, None]), [True, None]),
        (Kind.TEXT_LIST, pa.array([["a"], None]), [["a"], None]),
    ],
)
def test_values_of_a_parquet_file_become_their_kind_without_loss(
    kind: Kind, values: pa.Array, expected: list[Any]
) -> None:
    parsed = parse(kind, values)
    assert parsed.wrong.tolist() == [value is WRONG for value in expected]
    assert parsed.values.to_pylist() == [None if value is WRONG else value for value in expected]


@pytest.mark.parametrize(("kind", "values"), [(Kind.TEXT, [1.5]), (Kind.DATE, [20240101]), (Kind.BOOLEAN, [[True]])])
def test_column_that_can_never_be_its_kind_is_a_type_error(kind: Kind, values: list[Any]) -> None:
    with pytest.raises(TypeError):
        parse(kind, pa.array(values))
