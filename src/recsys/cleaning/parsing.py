"""Values of a feed column from what a file holds to the contract's type; nothing is guessed, trimmed or rounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.rows import Mask
from recsys.feed.columns import Column, Kind

LANDING_TYPES: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TEXT_LIST: pa.list_(pa.string()),
}
EXPECTED: Mapping[Kind, str] = {
    Kind.TEXT: "a text",
    Kind.INTEGER: "a whole number",
    Kind.NUMBER: "a number, with a decimal point",
    Kind.MONEY: "an amount with at most two decimals, with a decimal point and no separators",
    Kind.DATE: "a date, YYYY-MM-DD",
    Kind.TIMESTAMP: "a time, YYYY-MM-DDTHH:MM:SS with or without an offset",
    Kind.BOOLEAN: "true or false, 1 or 0, yes or no",
    Kind.TEXT_LIST: 'values separated by "|", none of them empty',
}
_PATTERNS: Mapping[Kind, str] = {
    Kind.INTEGER: r"^-?[0-9]{1,18}$",
    Kind.NUMBER: r"^-?([0-9]{1,300}\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$",
    Kind.MONEY: r"^-?[0-9]{1,15}(\.[0-9]{1,2}0*)?$",
    Kind.DATE: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    Kind.TIMESTAMP: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$",
}
_HAS_OFFSET = r"(Z|[0-9]{2}:[0-9]{2}.*[+-][0-9]{2}(:?[0-9]{2})?)$"
_TRUE, _FALSE = pa.array(["true", "1", "yes"]), pa.array(["false", "0", "no"])
# A cent in a double is off by far less than this.
_CENT_TOLERANCE = 1e-4
_LARGEST_DOUBLE_MONEY = 1e13
_Converter = Callable[[pa.Array], pa.Array]


@dataclass(frozen=True, slots=True)
class Parsed:
    """`values` (n,) of the column's landing type, null where `wrong` (n,) says that the value is not of its kind."""

    values: pa.Array
    wrong: Mask


def landing_schema(columns: Iterable[Column]) -> pa.Schema:
    """Names and types of landed columns."""
    return pa.schema([(column.name, LANDING_TYPES[column.kind]) for column in columns])


def parse(kind: Kind, values: pa.Array) -> Parsed:
    """`values` (n,) as the type of `kind`: from text as the contract writes it, or from the types of a Parquet file.

    Raises:
        TypeError: the Arrow type of `values` can never become `kind`.
    """
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
        values = values.cast(pa.string())
    if pa.types.is_null(values.type):
        converted = pa.nulls(len(values), LANDING_TYPES[kind])
    elif pa.types.is_string(values.type):
        # An empty text is no value, in every format alike.
        values = pc.if_else(pc.equal(values, ""), None, values)
        converted = _FROM_TEXT[kind](values)
    else:
        converted = _from_typed(kind, values)
    wrong = np.asarray(pc.and_(values.is_valid(), converted.is_null()).to_numpy(zero_copy_only=False))
    return Parsed(converted, wrong)


def _matching(kind: Kind, values: pa.Array) -> pa.Array:
    return pc.if_else(pc.match_substring_regex(values, _PATTERNS[kind]), values, None)


def _numbers(kind: Kind) -> _Converter:
    return lambda values: _matching(kind, values).cast(LANDING_TYPES[kind])


def _dates(values: pa.Array) -> pa.Array:
    return _cast_each(_matching(Kind.DATE, values), pa.date32())


def _timestamps(values: pa.Array) -> pa.Array:
    values = _matching(Kind.TIMESTAMP, values)
    has_offset = pc.match_substring_regex(values, _HAS_OFFSET)
    landing = LANDING_TYPES[Kind.TIMESTAMP]
    with_offset = _cast_each(pc.if_else(has_offset, values, None), landing)
    without = _cast_each(pc.if_else(has_offset, None, values), pa.timestamp("us"))
    return pc.coalesce(with_offset, without.cast(landing))


def _booleans(values: pa.Array) -> pa.Array:
    lowered = pc.utf8_lower(values)
    is_known = pc.is_in(lowered, value_set=pa.concat_arrays([_TRUE, _FALSE]))
    return pc.if_else(is_known, pc.is_in(lowered, value_set=_TRUE), None)


def _text_lists(values: pa.Array) -> pa.Array:
    has_gap = pc.match_substring_regex(values, r"^\||\|\||\|$")
    return pc.split_pattern(pc.if_else(has_gap, None, values), "|")


_FROM_TEXT: Mapping[Kind, _Converter] = {
    Kind.TEXT: lambda values: values,
    Kind.INTEGER: _numbers(Kind.INTEGER),
    Kind.NUMBER: _numbers(Kind.NUMBER),
    Kind.MONEY: _numbers(Kind.MONEY),
    Kind.DATE: _dates,
    Kind.TIMESTAMP: _timestamps,
    Kind.BOOLEAN: _booleans,
    Kind.TEXT_LIST: _text_lists,
}


def _from_typed(kind: Kind, values: pa.Array) -> pa.Array:
    source = values.type
    if pa.types.is_floating(source) and kind in (Kind.INTEGER, Kind.NUMBER, Kind.MONEY):
        return _from_doubles(kind, values.cast(pa.float64()))
    if not _fits(kind, source):
        raise TypeError(f"{source} is not {EXPECTED[kind]}")
    if kind is Kind.DATE and pa.types.is_timestamp(source):
        # Arrow cuts the time of day off without a word.
        values = pc.if_else(pc.equal(values, values.cast(pa.date32()).cast(source)), values, None)
    if kind is Kind.TIMESTAMP and pa.types.is_timestamp(source) and source.tz is None:
        values = values.cast(pa.timestamp(source.unit, tz="UTC"))
    return _cast_each(values, LANDING_TYPES[kind])


def _fits(kind: Kind, source: pa.DataType) -> bool:
    is_whole = pa.types.is_integer(source)
    allowed = {
        Kind.TEXT: is_whole,
        Kind.INTEGER: is_whole or pa.types.is_decimal(source),
        Kind.NUMBER: is_whole,
        Kind.MONEY: is_whole or pa.types.is_decimal(source),
        Kind.DATE: pa.types.is_date(source) or pa.types.is_timestamp(source),
        Kind.TIMESTAMP: pa.types.is_date(source) or pa.types.is_timestamp(source),
        Kind.BOOLEAN: pa.types.is_boolean(source),
        Kind.TEXT_LIST: pa.types.is_list(source) and pa.types.is_string(source.value_type),
    }
    return bool(allowed[kind])


def _from_doubles(kind: Kind, values: pa.Array) -> pa.Array:
    finite = pc.if_else(pc.is_finite(values), values, None)
    if kind is Kind.NUMBER:
        return finite
    scale = 1 if kind is Kind.INTEGER else 100
    scaled = pc.multiply(finite, float(scale))
    rounded = pc.round(scaled)
    tolerance = 0.0 if kind is Kind.INTEGER else _CENT_TOLERANCE
    is_exact = pc.and_(
        pc.less_equal(pc.abs(pc.subtract(scaled, rounded)), tolerance),
        pc.less(pc.abs(finite), _LARGEST_DOUBLE_MONEY),
    )
    whole = pc.if_else(is_exact, rounded, None).cast(pa.int64())
    return whole if kind is Kind.INTEGER else _cents(whole)


def _cents(whole: pa.Array) -> pa.Array:
    """Amounts from whole cents, without rounding through a double again."""
    return pc.multiply(whole.cast(pa.decimal128(19, 0)), pa.scalar("0.01").cast(pa.decimal128(3, 2))).cast(
        LANDING_TYPES[Kind.MONEY]
    )


def _cast_each(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """`values` as `kind`, null where one cannot be: the 30th of February, 25 o'clock, a third decimal."""
    try:
        return values.cast(kind)
    except pa.ArrowInvalid:
        distinct = values.dictionary_encode()
        return pa.concat_arrays([_cast_one(one, kind) for one in _singles(distinct.dictionary)]).take(distinct.indices)


def _singles(values: pa.Array) -> list[pa.Array]:
    return [values.slice(place, 1) for place in range(len(values))]


def _cast_one(single: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return single.cast(kind)
    except pa.ArrowInvalid:
        return pa.nulls(1, kind)
