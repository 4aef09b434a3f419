from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.cleaning.standardising.phones import standard_phones

CHANGED = [
    ("0151 23456789", "DE", "+4915123456789"),
    ("0049 151-23456789", "DE", "+4915123456789"),
    ("+49 (0)151 23456789", "DE", "+4915123456789"),
    ("+49 30 123456", "FR", "+4930123456"),
    ("(01) 42 68 53 00", "FR", "+33142685300"),
    ("085 123 4567", "IE", "+353851234567"),
    ("+353 85 123-4567", None, "+353851234567"),
    ("0049 30 123456", None, "+4930123456"),
    ("011 49 30 123456", "US", "+4930123456"),
    ("(212) 736-5000", "US", "+12127365000"),
    ("06 698 12345", "IT", "+390669812345"),
]
SAME = [
    ("+4930123456", "DE"),
    ("030 123456", None),
    ("030 123456", "XX"),
    ("123", "DE"),
    ("0151 2345", "DE"),
    ("+49 30 123456 ext. 5", "DE"),
    ("+999 123456789", "DE"),
    ("unknown", "DE"),
    (None, "DE"),
]


@pytest.mark.parametrize(("found", "country", "expected"), CHANGED)
def test_number_is_international(found: str, country: str | None, expected: str) -> None:
    assert standard_phones(pa.array([found]), pa.array([country], pa.string())).to_pylist() == [expected]


@pytest.mark.parametrize(("phone", "country"), SAME)
def test_number_that_is_international_or_not_valid_stays(phone: str | None, country: str | None) -> None:
    assert standard_phones(pa.array([phone], pa.string()), pa.array([country], pa.string())).to_pylist() == [phone]


def test_one_spelling_is_read_by_the_country_of_each_row() -> None:
    phones = standard_phones(pa.array(["06 12345678", "06 12345678", None]), pa.array(["NL", "FR", None]))
    assert phones.to_pylist() == ["+31612345678", "+33612345678", None]


def test_without_a_column_of_countries_only_international_numbers_are_read() -> None:
    assert standard_phones(pa.array(["030 123456", "+49 30 123456"]), None).to_pylist() == ["030 123456", "+4930123456"]
