"""Which of two rows is newer: cursors as texts that sort byte by byte as the cursors themselves do."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.parsing import parse
from recsys.feed.contract import Kind

_DIGITS = 20
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_WHOLE = r"^[0-9]{1,20}$"
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def as_versions(cursors: pa.Array) -> pa.Array:
    """`cursors` (n,) as (n,) string, an empty text for none.

    Times become UTC with six decimals (a time without an offset is UTC), dates stay ISO dates, whole numbers are padded
    with zeros to 20 digits, and all else stays the text that it is.
    """
    if isinstance(cursors, pa.ChunkedArray):
        cursors = cursors.combine_chunks()
    if pa.types.is_timestamp(cursors.type):
        texts = _times(cursors)
    elif pa.types.is_integer(cursors.type) or pa.types.is_decimal(cursors.type):
        texts = _whole_numbers(cursors)
    elif pa.types.is_string(cursors.type) or pa.types.is_large_string(cursors.type):
        texts = _from_texts(cursors.cast(pa.string()))
    else:
        texts = cursors.cast(pa.string())
    return pc.fill_null(texts, "")


def _times(cursors: pa.Array) -> pa.Array:
    if cursors.type.tz is None:
        cursors = pc.assume_timezone(cursors, "UTC")
    return pc.strftime(cursors.cast(pa.timestamp("us", tz="UTC")), format=_FORMAT)


def _whole_numbers(cursors: pa.Array) -> pa.Array:
    return pc.utf8_lpad(cursors.cast(pa.string()), _DIGITS, "0")


def _from_texts(cursors: pa.Array) -> pa.Array:
    is_date = pc.match_substring_regex(cursors, _DATE)
    is_whole = pc.match_substring_regex(cursors, _WHOLE)
    times = parse(Kind.TIMESTAMP, pc.if_else(pc.or_(is_date, is_whole), None, cursors)).values
    padded = _whole_numbers(pc.if_else(is_whole, cursors, None))
    return pc.coalesce(_times(times), padded, cursors)
