"""Countries as ISO 3166 alpha-2 codes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from babel import Locale
from babel.core import get_global

from recsys.cleaning.standardising.distinct import replace_distinct
from recsys.cleaning.standardising.folding import folded, unambiguous
from recsys.cleaning.standardising.languages import LANGUAGES

# Codes of CLDR that are no countries of ISO 3166: parts, unions, tests.
_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
# What people write and CLDR does not list. The parts of the United Kingdom are no countries of ISO 3166.
_ALSO = {
    "UK": "GB", "Great Britain": "GB", "England": "GB", "Scotland": "GB", "Wales": "GB", "Northern Ireland": "GB",
    "Holland": "NL", "United States of America": "US", "Vereinigte Staaten von Amerika": "US", "BRD": "DE",
    "Bundesrepublik Deutschland": "DE", "Federal Republic of Germany": "DE", "Republic of Ireland": "IE",
    "Czech Republic": "CZ", "Tschechische Republik": "CZ", "Slovak Republic": "SK", "Turkey": "TR", "Türkei": "TR",
    "Russian Federation": "RU", "Republic of Korea": "KR", "Ivory Coast": "CI", "Hong Kong": "HK", "Macau": "MO",
    "Palestine": "PS", "Macedonia": "MK", "République française": "FR",
    "Republik Österreich": "AT", "Schweizerische Eidgenossenschaft": "CH",
}  # fmt: skip


def standard_countries(values: pa.Array) -> pa.Array:
    """Countries (n,) as alpha-2 codes: from alpha-3 and numeric codes, and from their names in many languages (CLDR).

    What is none of them stays, and the contract's limit of two characters then refuses it.
    """
    is_code = pc.is_in(values, value_set=pa.array(sorted(_codes())))
    rows = np.asarray(pc.and_(values.is_valid(), pc.invert(is_code)).to_numpy(zero_copy_only=False))
    return replace_distinct(values, rows, standard_country)


def standard_country(value: str) -> str:
    """One country."""
    return value if value in _codes() else _by_name().get(folded(value), value)


@cache
def _codes() -> frozenset[str]:
    territories = map(str, Locale.parse("en").territories)
    return frozenset(code for code in territories if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


@cache
def _by_name() -> dict[str, str]:
    return unambiguous(_names())


def _names() -> Iterator[tuple[str, str]]:
    yield from _ALSO.items()
    for code in _codes():
        yield code, code
    for alias, codes in get_global("territory_aliases").items():
        # Alpha-3 and numeric codes; aliases of two letters are countries that are no more.
        if len(alias) == 3 and len(codes) == 1 and codes[0] in _codes():
            yield alias, codes[0]
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in _codes():
                yield name, code
