"""Coarser values: a birth date becomes a year, a postcode a region."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

# "D-10115", "LV-1010": an international prefix before the digits, not part of the postcode.
_PREFIXED = re.compile(r"[A-Z]{1,3}[- ]?(\d{3,})")
_AREA = re.compile(r"[A-Z]{1,2}(?=\d|$)|\d+")


def birth_years(birth_dates: pa.Array) -> pa.Array:
    """Year of birth, int16, shape (n,), null where the date is null."""
    return pc.year(birth_dates).cast(pa.int16())


def regions(postcodes: pa.Array, countries: pa.Array) -> pa.Array:
    """Country and postcode area such as "DE-10", text, shape (n,), null where the postcode is null or unreadable.

    Without a country only the area is left. Each distinct postcode is worked out once.
    """
    # Of four digits and more only the first two are told: with two zeros after them a hundred are left to work out.
    shortened = pc.replace_substring_regex(postcodes.cast(pa.string()), r"^([0-9]{2})[0-9]{2,}$", r"\100")
    encoded = shortened.dictionary_encode()
    areas = pa.array([postcode_area(text) for text in encoded.dictionary.to_pylist()], pa.string()).take(
        encoded.indices
    )
    with_country = pc.binary_join_element_wise(countries.cast(pa.string()), areas, "-")
    return pc.if_else(pc.is_valid(countries), with_country, areas)


def postcode_area(postcode: str) -> str | None:
    """The leading part of a postcode that names an area of many thousand people, or None where there is none.

    Where a postcode begins with letters they are the area (Great Britain's "SW1A 1AA" is SW, Ireland's "D02 X285" is
    D). Where it is digits, half of them are, at most two: Germany's "10115" is 10 and the USA's "94103" is 94, which
    is coarser than the three digits that the HIPAA Safe Harbor rule lets pass (45 CFR 164.514(b)(2)(i)(B)).

    >>> [postcode_area(text) for text in ("SW1A 1AA", "10115", "F-75001", "1012 AB", "101", "?")]
    ['SW', '10', '75', '10', '1', None]
    """
    text = postcode.strip().upper()
    if prefixed := _PREFIXED.fullmatch(text):
        text = prefixed[1]
    area = _AREA.match(text)
    if area is None:
        return None
    return area[0][: max(1, min(2, len(area[0]) // 2))] if area[0].isdigit() else area[0]
