"""Which of two rows is newer: cursors as texts that sort byte by byte as the cursors themselves do."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext

import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.parsing import parse
from recsys.feed.columns import Kind

_DIGITS = 20
# What a cursor that is a time or a date becomes.
TIME = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?$")
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_NUMBER = r"^-?[0-9]{1,20}(\.[0-9]{1,30})?$"
_SCIENTIFIC = r"^-?[0-9](\.[0-9]{1,18})?e[+-][0-9]{1,2}$"
_VERSION = re.compile(r"^-?[0-9]{20}(\.[0-9]+)?$")
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
# A number below 0 is written as what is left of it above this one.
_FLOOR = Decimal(10) ** _DIGITS
_PRECISION = 60


def as_versions(cursors: pa.Array) -> pa.Array:
    """`cursors` (n,) as (n,) string, an empty text for none.

    Times become UTC with six decimals (a time without an offset is UTC), dates stay ISO dates, numbers get 20 digits
    before the point and none after it that are 0 at the end, and all else stays the text that it is.
    """
    if isinstance(cursors, pa.ChunkedArray):
        cursors = cursors.combine_chunks()
    if pa.types.is_timestamp(cursors.type):
        texts = _times(cursors)
    elif pa.types.is_integer(cursors.type) or pa.types.is_decimal(cursors.type):
        texts = _numbers(cursors.cast(pa.string()))
    elif pa.types.is_floating(cursors.type):
        texts = _numbers(pc.if_else(pc.is_finite(cursors), cursors, None).cast(pa.string()))
    elif pa.types.is_string(cursors.type) or pa.types.is_large_string(cursors.type):
        texts = _from_texts(cursors.cast(pa.string()))
    else:
        texts = cursors.cast(pa.string())
    return pc.fill_null(texts, "")


def number_of(version: str) -> Decimal | None:
    """The number that a version stands for; None where the cursor is no number."""
    if _VERSION.match(version) is None:
        return None
    if not version.startswith("-"):
        return Decimal(version)
    with localcontext(prec=_PRECISION):
        return Decimal(version[1:]) - _FLOOR


def _times(cursors: pa.Array) -> pa.Array:
    if cursors.type.tz is None:
        cursors = pc.assume_timezone(cursors, "UTC")
    return pc.strftime(cursors.cast(pa.timestamp("us", tz="UTC")), format=_FORMAT)


def _from_texts(cursors: pa.Array) -> pa.Array:
    is_date = pc.match_substring_regex(cursors, _DATE)
    is_number = pc.or_(_matches(cursors, _NUMBER), _matches(cursors, _SCIENTIFIC))
    times = parse(Kind.TIMESTAMP, pc.if_else(pc.or_(is_date, is_number), None, cursors)).values
    return pc.coalesce(_times(times), _numbers(pc.if_else(is_number, cursors, None)), cursors)


def _numbers(texts: pa.Array) -> pa.Array:
    """Numbers in decimals are padded as they are; below 0 and with an exponent they are few, and taken one by one."""
    is_plain = pc.and_(_matches(texts, _NUMBER), pc.invert(pc.starts_with(texts, "-")))
    others = pc.if_else(is_plain, None, texts).dictionary_encode()
    written = pa.array([_version(Decimal(text)) for text in others.dictionary.to_pylist()], pa.string())
    return pc.coalesce(_padded(pc.if_else(is_plain, texts, None)), written.take(others.indices))


def _padded(texts: pa.Array) -> pa.Array:
    parts = pc.extract_regex(texts, r"^(?P<whole>[0-9]+)(?P<fraction>(?:\.[0-9]*[1-9])?)(?:\.?0*)$")
    whole, fraction = (pc.struct_field(parts, name) for name in ("whole", "fraction"))
    return pc.binary_join_element_wise(pc.utf8_lpad(whole, _DIGITS, "0"), fraction, "")


def _version(number: Decimal) -> str:
    with localcontext(prec=_PRECISION):
        whole, _, fraction = format(_FLOOR + number if number < 0 else abs(number), "f").partition(".")
    fraction = fraction.rstrip("0")
    return ("-" if number < 0 else "") + whole.zfill(_DIGITS) + (f".{fraction}" if fraction else "")


def _matches(texts: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(texts, pattern)
