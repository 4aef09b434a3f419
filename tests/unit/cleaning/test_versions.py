from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from recsys.cleaning.versions import as_versions, number_of


@pytest.mark.parametrize(
    ("cursors", "versions"),
    [
        (pa.array([datetime.fromisoformat("2026-01-03T10:00:00.000005")]), ["2026-01-03T10:00:00.000005Z"]),
        (
            pa.array([datetime(2026, 1, 3, 10, tzinfo=UTC)], pa.timestamp("s", tz="UTC")),
            ["2026-01-03T10:00:00.000000Z"],
        ),
        (pa.array([date(2026, 1, 3)]), ["2026-01-03"]),
        (pa.array([7, 12, None]), ["00000000000000000007", "00000000000000000012", ""]),
        (pa.array([Decimal("7")]), ["00000000000000000007"]),
        (pa.array([Decimal("9.50"), Decimal("10.00")]), ["00000000000000000009.5", "00000000000000000010"]),
        (pa.array([1.5, 2e15, float("nan")]), ["00000000000000000001.5", "00002000000000000000", ""]),
        (
            pa.array(["2026-01-03T12:00:00+02:00", "2026-01-03 10:00", "2026-01-03", "7", "v7", None]),
            [
                "2026-01-03T10:00:00.000000Z",
                "2026-01-03T10:00:00.000000Z",
                "2026-01-03",
                "00000000000000000007",
                "v7",
                "",
            ],
        ),
    ],
)
def test_cursors_become_texts_that_sort_as_they_do(cursors: pa.Array, versions: list[str]) -> None:
    assert as_versions(cursors).to_pylist() == versions


@pytest.mark.parametrize("kind", [pa.string(), pa.float64(), pa.decimal128(12, 4)])
def test_numbers_sort_as_they_do_and_can_be_read_again(kind: pa.DataType) -> None:
    numbers = ["-10.5", "-10.25", "-10", "-0.0001", "0", "0.0001", "9.5", "10", "10.05", "10.25", "10.5", "101"]
    versions = as_versions(pa.array([Decimal(number) for number in numbers]).cast(kind)).to_pylist()
    assert versions == sorted(versions)
    assert [number_of(version) for version in versions] == [Decimal(number) for number in numbers]


def test_equal_numbers_have_one_version() -> None:
    assert set(as_versions(pa.array(["7", "7.0", "007", "7.000"])).to_pylist()) == {"00000000000000000007"}


@pytest.mark.parametrize("version", ["2026-01-03", "v7", ""])
def test_what_is_no_number_is_not_read_as_one(version: str) -> None:
    assert number_of(version) is None
