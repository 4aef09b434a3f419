"""Spellings of clean values, column by column. None can be read as another value, and the first fits every value.

A style takes values `(n,)` and returns the same in another spelling each, null where it does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import join
from recsys.feed.demo.misspelling import international, national

Style: TypeAlias = Callable[[pa.Array], pa.Array]

# What stands there when the bytes of UTF-8 are read in the code page of Western Windows.
_MISREAD = tuple((letter, letter.encode().decode("cp1252")) for letter in "äöüÄÖÜßéèêëçïîôÉ")
_COUNTRIES = ("DE", "FR", "IE")
_COUNTRY_NAMES = (
    ("DEU", "FRA", "IRL"),
    ("Deutschland", "Frankreich", "Irland"),
    ("Germany", "France", "Ireland"),
    ("Allemagne", "France", "Irlande"),
    ("GERMANY", "FRANCE", "IRELAND"),
    ("deutschland ", " france", "ireland "),
)
_EURO = ("€", "Euro", "EURO", "eur", "euro")
_MONTHS: Sequence[tuple[str, ...]] = (
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"),
    ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
     "Dezember"),
    ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
     "décembre"),
)  # fmt: skip
_ENGLISH, _GERMAN, _FRENCH = range(3)


def _framed(before: str, after: str, values: pa.Array) -> pa.Array:
    return join(before, values, after)


def _rewritten(pattern: str, replacement: str, values: pa.Array) -> pa.Array:
    """With `pattern` replaced; nothing where it does not stand."""
    found = pc.replace_substring_regex(values, pattern, replacement)
    return _unless(pc.equal(found, values), found)


def _unless(is_unfit: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(is_unfit, pa.scalar(None, pa.string()), values)


def _has_lost_case(values: pa.Array) -> pa.Array:
    """Where capitals cannot be told again: `MacBride`, `12 rue Petit`, and `ß`, which has none."""
    is_mixed = pc.not_equal(pc.utf8_title(pc.utf8_lower(values)), values)
    return pc.or_(is_mixed, pc.match_substring(values, "ß"))


def _upper(values: pa.Array) -> pa.Array:
    return _unless(_has_lost_case(values), pc.utf8_upper(values))


def _lower(values: pa.Array) -> pa.Array:
    return _unless(_has_lost_case(values), pc.utf8_lower(values))


def _misread(values: pa.Array) -> pa.Array:
    found = values
    for letter, misread in _MISREAD:
        found = pc.replace_substring(found, letter, misread)
    return _unless(pc.equal(found, values), found)


def _named_date(language: int, after_day: str, before_year: str, values: pa.Array) -> pa.Array:
    """Day, month in letters and year."""
    months = pc.subtract(pc.cast(pc.utf8_slice_codeunits(values, 5, 7), pa.int64()), 1)
    day = pc.utf8_ltrim(pc.utf8_slice_codeunits(values, 8, 10), "0")
    month = pa.array(_MONTHS[language]).take(months)
    return join(day, after_day, month, before_year, pc.utf8_slice_codeunits(values, 0, 4))


def _phone(pattern: str, values: pa.Array) -> pa.Array:
    found = pc.replace_substring_regex(international(values), r"^\+(49)(\d{3})(\d{3})(\d+)$", pattern)
    return pc.replace_substring_regex(found, r"^\+(33|353)(\d{2})(\d{3})(\d+)$", pattern)


def _country(place: int, values: pa.Array) -> pa.Array:
    return pa.array(_COUNTRY_NAMES[place]).take(pc.index_in(values, value_set=pa.array(_COUNTRIES)))


def _currency(name: str, values: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(values, "^EUR$", name)


_TEXTS: Sequence[Style] = (
    partial(_framed, "", " "),
    partial(_framed, " ", "  "),
    partial(_rewritten, " ", "  "),
    partial(_rewritten, " ", "\u00a0"),
    _upper,
    _lower,
    _misread,
)
_DATES: Sequence[Style] = (
    partial(_rewritten, r"^(\d{4})-(\d\d)-(\d\d)$", r"\3.\2.\1"),
    partial(_rewritten, "-", "/"),
    partial(_rewritten, "-", ""),
    partial(_named_date, _ENGLISH, " ", " "),
    partial(_named_date, _GERMAN, ". ", " "),
    partial(_named_date, _FRENCH, " ", " "),
)
_IBANS: Sequence[Style] = (
    partial(_rewritten, r"(\w{4})", r"\1 "),
    partial(_rewritten, r"^(\w{4})(\w{4})(\w{4})", r"\1-\2-\3-"),
    partial(_framed, "IBAN ", ""),
    pc.utf8_lower,
)
STYLES: Mapping[str, Mapping[str, Sequence[Style]]] = {
    "customers": {
        "full_name": (*_TEXTS, partial(_rewritten, r"^(\S+) (\S+)$", r"\2, \1")),
        "email": (
            partial(_framed, " ", " "),
            partial(_framed, "mailto:", ""),
            partial(_framed, "<", ">"),
            pc.utf8_upper,
            partial(_rewritten, r"@example\.(\w+)$", r"@Example.\1"),
        ),
        "phone": (
            partial(_phone, r"0\2/\3\4"),
            partial(_phone, r"(0\2) \3-\4"),
            partial(_phone, r"+\1 (0) \2 \3 \4"),
            partial(_phone, r"00\1.\2.\3.\4"),
            national,
        ),
        "street": _TEXTS,
        "city": _TEXTS,
        "country": tuple(partial(_country, place) for place in range(len(_COUNTRY_NAMES))),
        "birth_date": _DATES,
        "registered_at": _DATES,
        "national_id": (
            partial(_rewritten, r"^(\w{2})(\w{3})", r"\1 \2 "),
            partial(_rewritten, r"^(\w)(\w{2})(\w{2})(\w{2})", r"\1 \2 \3 \4 "),
            partial(_framed, " ", " "),
            partial(_rewritten, r"^(\d{7})([A-Z])$", r"\1 \2"),
        ),
        "iban": _IBANS,
    },
    "transactions": {
        "currency": tuple(partial(_currency, name) for name in _EURO),
        "counterparty_iban": _IBANS,
    },
}
