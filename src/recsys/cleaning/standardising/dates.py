"""Dates as ISO 8601, from the spellings that can mean one day only."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import pyarrow as pa

from recsys.cleaning.standardising.distinct import replace_distinct
from recsys.cleaning.standardising.month_names import month_of
from recsys.cleaning.standardising.suspects import not_matching

_STANDARD = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?$")
_YEAR_FIRST = re.compile(r"^(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})$", re.ASCII)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$", re.ASCII)
_DOTTED = re.compile(r"^(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})$", re.ASCII)
_YEAR_LAST = re.compile(r"^(\d{1,2})([-/ ])(\d{1,2})\2(\d{4})$", re.ASCII)
_NAMED = re.compile(r"^(\d{1,2})(?:\.|er|º|st|nd|rd|th)?[ -]?(?:de )?([^\W\d_]{3,}\.?)(?: de)?,?[ -]?(\d{4})$")
_NAMED_FIRST = re.compile(r"^([^\W\d_]{3,}\.?) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$")
# Outside of these a number of eight digits is no date: a year never looks like a month and a day then.
_FIRST_YEAR, _LAST_YEAR = 1850, 2199


def standard_dates(values: pa.Array) -> pa.Array:
    """Dates (n,) as `1979-07-03`: from 03.07.1979 (with dots the day stands first), 1979/07/03, 19790703, "3 July
    1979" and "July 3, 1979" in many languages, and a time of midnight taken off.

    With slashes or dashes and the year last, day and month are told apart only where one of them is above 12; others
    stay, and are refused. So does a year of two digits. A day that no calendar has stays too.
    """
    return replace_distinct(values, not_matching(values, _STANDARD), standard_date)


@lru_cache(maxsize=1 << 16)
def standard_date(text: str) -> str:
    """One date."""
    parts = _parts(_MIDNIGHT.sub("", " ".join(text.split())))
    if parts is None or not _FIRST_YEAR <= parts[0] <= _LAST_YEAR:
        return text
    try:
        return date(*parts).isoformat()
    except ValueError:
        return text


def _parts(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of the spelling that `text` has."""
    if found := _YEAR_FIRST.match(text):
        return int(found[1]), int(found[3]), int(found[4])
    if found := _COMPACT.match(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DOTTED.match(text):
        return int(found[3]), int(found[2]), int(found[1])
    if found := _YEAR_LAST.match(text):
        return _told_apart(int(found[4]), int(found[1]), int(found[3]))
    return _named(text)


def _told_apart(year: int, first: int, second: int) -> tuple[int, int, int] | None:
    if first > 12:
        return year, second, first
    if second > 12 or first == second:
        return year, first, second
    return None


def _named(text: str) -> tuple[int, int, int] | None:
    if found := _NAMED.match(text):
        year, name, day = int(found[3]), found[2], int(found[1])
    elif found := _NAMED_FIRST.match(text):
        year, name, day = int(found[3]), found[1], int(found[2])
    else:
        return None
    month = month_of(name)
    return None if month is None else (year, month, day)
