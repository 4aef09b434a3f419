"""Arrow tables in and out of PostgreSQL by COPY, through Arrow's own CSV reader and writer."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from psycopg import sql

from recsys.io.postgres import Connection

# What a query joins the texts of an array by, since Arrow's CSV reader has no lists: no id holds this character.
SEPARATOR = "\x1f"

_BLOCK_BYTES = 4 << 20
# Small enough that the server reads one piece while the next is written.
_ROWS_AT_A_TIME = 25_000


def write_table(connection: Connection, target: sql.Composable, rows: pa.Table, *, freeze: bool = False) -> int:
    """Append `rows` to `target`, by column name, and return their number.

    `freeze` spares a later vacuum of the table; PostgreSQL allows it where this transaction created the table.
    """
    statement = sql.SQL("copy {} ({}) from stdin (format csv{})").format(
        target,
        sql.SQL(", ").join(map(sql.Identifier, rows.column_names)),
        sql.SQL(", freeze" if freeze else ""),
    )
    options = pa_csv.WriteOptions(include_header=False)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for batch in rows.to_batches(max_chunksize=_ROWS_AT_A_TIME):
            sink = pa.BufferOutputStream()
            pa_csv.write_csv(batch, sink, options)
            copy.write(memoryview(sink.getvalue()))
    return int(rows.num_rows)


def read_batches(
    connection: Connection, query: sql.Composable, params: Sequence[Any], schema: pa.Schema, batch_rows: int
) -> Iterator[pa.Table]:
    """Stream a query's rows as tables of `batch_rows` rows (the last may be shorter), columns as in `schema`."""
    statement = sql.SQL("copy ({}) to stdout (format csv)").format(query)
    with connection.cursor() as cursor, cursor.copy(statement, params) as copy:
        source = io.BufferedReader(_CopyReader(copy), _BLOCK_BYTES)
        if not source.peek(1):
            return
        reader = pa_csv.open_csv(
            source,
            read_options=pa_csv.ReadOptions(column_names=schema.names, block_size=_BLOCK_BYTES, use_threads=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                # COPY writes an empty text in quotes and NULL without.
                quoted_strings_can_be_null=False,
            ),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        )
        yield from _rebatched(reader, schema, batch_rows)


def array_literal(texts: Iterable[str]) -> str:
    """The texts as PostgreSQL writes a `text[]`."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


def split_lists(table: pa.Table, column: str, values: pa.DataType) -> pa.Table:
    """`column`, in which a query joined texts by `SEPARATOR`, as lists of `values`: none for no or empty text."""
    lists = pc.split_pattern(pc.if_else(pc.equal(table[column], ""), None, table[column]), SEPARATOR)
    return table.set_column(table.column_names.index(column), column, lists.cast(pa.list_(values)))


def _rebatched(batches: Iterator[pa.RecordBatch], schema: pa.Schema, batch_rows: int) -> Iterator[pa.Table]:
    waiting = schema.empty_table()
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while waiting.num_rows >= batch_rows:
            yield waiting.slice(0, batch_rows).combine_chunks()
            waiting = waiting.slice(batch_rows)
    if waiting.num_rows:
        yield waiting.combine_chunks()


class _CopyReader(io.RawIOBase):
    """The bytes of a COPY as a file."""

    def __init__(self, copy: Any) -> None:
        self._copy = copy
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(self._copy.read())
        n = min(len(buffer), len(self._rest))
        buffer[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        return n
