"""Postcodes as the post of their country writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from recsys.cleaning.standardising.distinct import replace_distinct_by_country
from recsys.cleaning.standardising.suspects import not_matching
from recsys.cleaning.standardising.texts import standard_line

_FIVE, _FOUR = (r"(\d{5})", r"\1"), (r"(\d{4})", r"\1")
_FORMS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("DE", "FR", "IT", "ES", "FI", "HR", "EE"), _FIVE),
    **dict.fromkeys(("AT", "CH", "BE", "DK", "NO", "LU", "HU", "BG", "SI", "AU"), _FOUR),
    **dict.fromkeys(("SE", "CZ", "SK", "GR"), (r"(\d{3})(\d{2})", r"\1 \2")),
    "NL": (r"(\d{4})([A-Z]{2})", r"\1 \2"),
    "PL": (r"(\d{2})(\d{3})", r"\1-\2"),
    "PT": (r"(\d{4})(\d{3})", r"\1-\2"),
    "US": (r"(\d{5})(\d{4})", r"\1-\2"),
    "IE": (r"([A-Z]\d[\dW])([A-Z\d]{4})", r"\1 \2"),
    "GB": (r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", r"\1 \2"),
    "CA": (r"([A-Z]\d[A-Z])(\d[A-Z]\d)", r"\1 \2"),
}
_DIGITS = r"^[0-9]+$"
_SEPARATORS = re.compile(r"[\s\-]+")


def standard_postcodes(values: pa.Array, countries: pa.Array | None) -> pa.Array:
    """Postcodes (n,): "d-10115" as "10115", "sw1a1aa" as "SW1A 1AA". What does not fit the row's country is tidied as
    a text; digits alone stay, also where a leading zero may have been lost.
    """
    return replace_distinct_by_country(values, countries, not_matching(values, _DIGITS), standard_postcode)


def standard_postcode(postcode: str, country: str | None) -> str:
    """One postcode of `country`."""
    tidy = standard_line(postcode)
    pattern, form = _FORMS.get(country or "", ("", ""))
    if not pattern:
        return tidy
    compact = _SEPARATORS.sub("", tidy.upper())
    # Germany's and France's old way to name the country is one letter, or the two of today.
    found = re.fullmatch(f"(?:{country}|{str(country)[:1]})?{pattern}", compact, re.ASCII)
    return found.expand(form) if found else tidy
