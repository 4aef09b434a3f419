"""Feed tables in Arrow, with the types that the contract gives to their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from recsys.feed.columns import Column, Kind, Table

ARROW_TYPES: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("s"),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TEXT_LIST: pa.list_(pa.string()),
}


def feed_table(table: Table, values: Mapping[str, Any], extras: Iterable[Column] = ()) -> pa.Table:
    """The columns `values` (anything that `pa.array` takes), typed and ordered as the contract has them.

    Columns that the contract declares and `values` lacks stay out; `extras` come last.

    Raises:
        KeyError: `values` holds a column that neither the contract nor `extras` declare.
    """
    declared = {column.name: column for column in (*table.columns, *extras)}
    undeclared = set(values) - set(declared)
    if undeclared:
        raise KeyError(f"{table.name}: {', '.join(sorted(undeclared))}")
    return pa.table({name: _typed(values[name], column) for name, column in declared.items() if name in values})


def _typed(values: Any, column: Column) -> pa.Array:
    kind = ARROW_TYPES[column.kind]
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values if values.type == kind else values.cast(kind)
    if column.kind is Kind.MONEY:
        # Arrow makes decimals of floats, and rounds them, but refuses whole numbers of 64 bits.
        return pa.array(values, pa.float64(), from_pandas=True).cast(kind)
    return pa.array(values, type=kind, from_pandas=True)
