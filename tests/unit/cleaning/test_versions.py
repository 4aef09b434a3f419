from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from recsys.cleaning.versions import as_versions


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
