"""Currencies as ISO 4217 codes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from babel import Locale
from babel.numbers import get_currency_name, list_currencies

from recsys.cleaning.standardising.distinct import replace_distinct
from recsys.cleaning.standardising.folding import folded, unambiguous
from recsys.cleaning.standardising.languages import LANGUAGES

# "$", "kr", "¥" and "Fr" stand for several, and no row says which: they are not among these.
_ALSO = {
    "€": "EUR", "Euros": "EUR", "£": "GBP", "Pound Sterling": "GBP", "Pounds Sterling": "GBP", "US$": "USD",
    "A$": "AUD", "CA$": "CAD", "C$": "CAD", "HK$": "HKD", "NZ$": "NZD", "R$": "BRL", "CN¥": "CNY", "RMB": "CNY",
    "₹": "INR", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₩": "KRW", "₪": "ILS", "₫": "VND", "₦": "NGN", "zł": "PLN",
    "Kč": "CZK", "Ft": "HUF", "SFr": "CHF", "Franken": "CHF", "Schweizer Franken": "CHF",
}  # fmt: skip
_AMBIGUOUS = frozenset({"$", "¥", "kr", "fr", "rs", "lei", "din"})


def standard_currencies(values: pa.Array) -> pa.Array:
    """Currencies (n,) as codes of three letters: from symbols that stand for one, and from their names (CLDR)."""
    is_code = pc.is_in(values, value_set=pa.array(sorted(_codes())))
    rows = np.asarray(pc.and_(values.is_valid(), pc.invert(is_code)).to_numpy(zero_copy_only=False))
    return replace_distinct(values, rows, standard_currency)


def standard_currency(value: str) -> str:
    """One currency."""
    return value if value in _codes() else _by_name().get(folded(value), value)


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


@cache
def _by_name() -> dict[str, str]:
    return {name: code for name, code in unambiguous(_names()).items() if name not in _AMBIGUOUS}


def _names() -> Iterator[tuple[str, str]]:
    yield from _ALSO.items()
    for code in _codes():
        yield code, code
    for language in LANGUAGES:
        for code, name in Locale.parse(language).currencies.items():
            if code in _codes():
                yield name, code
                yield get_currency_name(code, count=2, locale=language), code
