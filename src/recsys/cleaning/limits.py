"""The contract's limits on single values, as masks over whole columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.rows import Mask
from recsys.feed.columns import Column, Kind


@dataclass(frozen=True, slots=True)
class Breach:
    """Rows (n,) that break one rule, and what was expected of them."""

    rows: Mask
    rule: str
    reason: str


def breaches(column: Column, values: pa.Array, latest: date) -> Iterator[Breach]:
    """Each limit of `column` with the rows of `values` (n,) that break it. `latest` is the last day that may be."""
    if column.required:
        yield Breach(_mask(values.is_null()), "required", "expected a value")
    if column.kind in (Kind.TEXT, Kind.TEXT_LIST):
        yield Breach(_too_long(column, values), "max_length", f"expected at most {column.max_length} characters")
    if column.choices:
        yield Breach(_outside(column, values), "choice", f"expected {_choices(column)}")
    if column.minimum is not None:
        yield _breach(pc.less(_comparable(values), column.minimum), "range", f"at least {column.minimum:,.15g}")
    if column.maximum is not None:
        yield _breach(pc.greater(_comparable(values), column.maximum), "range", f"at most {column.maximum:,.15g}")
    if column.not_future:
        yield _breach(_is_after(values, latest), "future_date", f"a day not after {latest.isoformat()}")


def _choices(column: Column) -> str:
    each = "each of its values to be " if column.kind is Kind.TEXT_LIST else ""
    return f"{each}one of {', '.join(column.choices)}"


def _outside(column: Column, values: pa.Array) -> Mask:
    """Rows (n,) with a value that is no choice; of a list one is enough."""
    is_list = column.kind is Kind.TEXT_LIST
    single = pc.list_flatten(values) if is_list else values
    is_known = pc.is_in(single, value_set=pa.array(column.choices), skip_nulls=True)
    outside = _mask(pc.and_(single.is_valid(), pc.invert(is_known)))
    if not is_list:
        return outside
    rows = np.zeros(len(values), dtype=bool)
    rows[np.asarray(pc.list_parent_indices(values))[outside]] = True
    return rows


def _breach(rows: pa.Array, rule: str, expected: str) -> Breach:
    return Breach(_mask(rows), rule, f"expected {expected}")


def _comparable(values: pa.Array) -> pa.Array:
    return values.cast(pa.float64()) if pa.types.is_decimal(values.type) else values


def _is_after(values: pa.Array, latest: date) -> pa.Array:
    if pa.types.is_date(values.type):
        return pc.greater(values, pa.scalar(latest))
    midnight = datetime.combine(latest + timedelta(days=1), time(), tzinfo=UTC)
    return pc.greater_equal(values, pa.scalar(midnight, values.type))


def _too_long(column: Column, values: pa.Array) -> Mask:
    if column.kind is Kind.TEXT:
        # A value has at least as many bytes as characters, and bytes cost nothing to count.
        if (pc.max(pc.binary_length(values)).as_py() or 0) <= column.max_length:
            return np.zeros(len(values), dtype=bool)
        return _mask(pc.greater(pc.utf8_length(values), column.max_length))
    return _mask(pc.greater(pc.utf8_length(pc.binary_join(values, "|")), column.max_length))


def _mask(rows: pa.Array) -> Mask:
    return np.asarray(pc.fill_null(rows, False).to_numpy(zero_copy_only=False), dtype=bool)
