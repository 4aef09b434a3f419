from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from recsys.privacy.generalising import birth_years, postcode_area, regions


def test_birth_date_becomes_its_year() -> None:
    years = birth_years(pa.array([date(1980, 12, 31), None]))
    assert years.to_pylist() == [1980, None]
    assert years.type == pa.int16()


@pytest.mark.parametrize(
    ("postcode", "area"),
    [
        ("10115", "10"), ("D-10115", "10"), ("LV-1010", "10"), ("1012 AB", "10"), ("101", "1"), ("94103-1234", "94"),
        ("SW1A 1AA", "SW"), ("m1 1aa", "M"), ("D02 X285", "D"), ("K1A 0B1", "K"),
        ("?", None), ("", None), ("TOWN", None),
    ],
)  # fmt: skip
def test_postcode_becomes_the_part_that_names_a_large_area(postcode: str, area: str | None) -> None:
    assert postcode_area(postcode) == area


def test_region_is_country_and_area() -> None:
    found = regions(pa.array(["10115", "10115", None, "75001"]), pa.array(["DE", None, "DE", "FR"]))
    assert found.to_pylist() == ["DE-10", "10", None, "FR-75"]
