from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.cleaning.standardising.dates import standard_dates

SPELLINGS = [
    "03.07.1979", "3.7.1979", "3. 7. 1979", "1979/07/03", "1979.7.3", "1979-7-3", "19790703", "3 July 1979",
    "3rd July 1979", "July 3, 1979", "Jul 3 1979", "03-JUL-1979", "3. Juli 1979", "3 juillet 1979",
    "3 de julio de 1979", "3 luglio 1979", "3 lipca 1979", "1979-07-03T00:00:00", "1979-07-03 00:00:00.000",
    "1979-07-03T00:00:00Z", " 1979-07-03 ", "03.07.1979 00:00",
]  # fmt: skip
TOLD_APART = [("25/12/1979", "1979-12-25"), ("12/25/1979", "1979-12-25"), ("25-12-1979", "1979-12-25"),
              ("05/05/1979", "1979-05-05"), ("1er mai 1979", "1979-05-01"), ("1. März 1979", "1979-03-01")]  # fmt: skip
SAME = [
    "1979-07-03", "03/07/1979", "03-07-1979", "07/03/1979", "03.07.79", "1985-02-30", "1979-13-07", "30.02.1985",
    "31.04.1985", "13.13.1985", "01071979", "12345678", "3 Smarch 1979", "1979", "07.1979", "1979-07-03 10:00:00",
    "soon", "unknown", "03.07.1079", "", None,
]  # fmt: skip


@pytest.mark.parametrize("found", SPELLINGS)
def test_spellings_of_one_day_become_that_day(found: str) -> None:
    assert standard_dates(pa.array([found])).to_pylist() == ["1979-07-03"]


@pytest.mark.parametrize(("found", "expected"), TOLD_APART)
def test_day_and_month_are_told_apart_where_only_one_reading_is_a_date(found: str, expected: str) -> None:
    assert standard_dates(pa.array([found])).to_pylist() == [expected]


@pytest.mark.parametrize("text", SAME)
def test_what_is_a_date_already_no_date_or_two_dates_stays(text: str | None) -> None:
    assert standard_dates(pa.array([text], pa.string())).to_pylist() == [text]
