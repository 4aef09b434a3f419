"""A table of any database that SQLAlchemy reaches: dlt fetches it in Arrow chunks, through a cursor of the server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from recsys.cleaning.rows import RawBatch
from recsys.cleaning.versions import TIME, number_of
from recsys.errors import ContractError
from recsys.feed.lags import parse_lag
from recsys.feed.sources import Source, SourceTable
from recsys.io.sources.credentials import Credentials
from recsys.io.sources.delivering import StreamedDelivery
from recsys.io.sources.delivery import Delivery, Since
from recsys.io.sources.mapping import ColumnMapping
from recsys.io.sources.troubles import sql_troubles

CHUNK_ROWS = 50_000
CONNECT_SECONDS = 30


def open_sql(source: Source, table: SourceTable, since: Since, credentials: Credentials) -> Delivery:
    """The rows of `table` whose cursor is not before the watermark less the lag, in the order of the cursor."""

    def read() -> Iterator[RawBatch]:
        yield from read_table(source, table, since, credentials)

    return StreamedDelivery(
        read,
        has_cursor=table.cursor is not None,
        is_complete=table.cursor is None or since.watermark is None,
        watermark=since.watermark,
    )


def read_table(
    source: Source, table: SourceTable, since: Since, credentials: Credentials, limit: int | None = None
) -> Iterator[RawBatch]:
    """The rows as batches; `limit` takes the newest ones only."""
    from dlt.sources.sql_database import sql_table

    mapping = ColumnMapping(source, table)
    engine = _engine(source, credentials)
    schema, _, name = table.origin.rpartition(".")
    first = 1
    with sql_troubles(mapping, source.location):
        try:
            names = mapping.check(_column_names(engine, name, schema or None, mapping))
            rows = sql_table(
                engine,
                table=name,
                schema=schema or None,
                backend="pyarrow",
                chunk_size=limit or int(source.options.get("chunk_rows", CHUNK_ROWS)),
                included_columns=names,
                query_adapter_callback=lambda query, reflected, *_: _since(query, reflected, table, since, limit),
            )
            for chunk in rows:
                mapping.check_types(dict(zip(chunk.schema.names, chunk.schema.types, strict=True)))
                for batch in chunk.combine_chunks().to_batches():
                    lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
                    first += batch.num_rows
                    columns = dict(zip(batch.schema.names, map(_as_contract, batch.columns), strict=True))
                    yield mapping.batch(lines, columns, (), table.origin)
        finally:
            engine.dispose()


def _engine(source: Source, credentials: Credentials) -> sa.Engine:
    url = sa.make_url(credentials.resolve(source.location))
    is_postgres = url.get_backend_name() == "postgresql"
    return sa.create_engine(url, connect_args={"connect_timeout": CONNECT_SECONDS} if is_postgres else {})


def _column_names(engine: sa.Engine, name: str, schema: str | None, mapping: ColumnMapping) -> list[str]:
    inspector = sa.inspect(engine)
    if not inspector.has_table(name, schema=schema) and name not in inspector.get_view_names(schema=schema):
        raise ContractError(
            f"{mapping.name}: missing table {mapping.table.origin}.",
            remedy=f"Correct origin in [sources.{mapping.source.name}.tables.{mapping.table.name}] of sources.toml, or "
            "grant the right to read it.",
        )
    return [column["name"] for column in inspector.get_columns(name, schema=schema)]


def _since(query: Any, reflected: sa.Table, table: SourceTable, since: Since, limit: int | None) -> Any:
    """Rows without a cursor come every time: nothing tells whether they are new."""
    if table.cursor is not None:
        cursor = reflected.c[table.cursor]
        start = _start(since.watermark, table.lag, cursor.type) if since.watermark else None
        if start is not None:
            query = query.where(sa.or_(cursor >= start, cursor.is_(None)))
        if limit is not None:
            return query.where(cursor.isnot(None)).order_by(cursor.desc()).limit(limit)
        # The key makes the order of equal cursors the same every time.
        query = query.order_by(cursor, *(column for column in reflected.primary_key.columns))
    return query if limit is None else query.limit(limit)


def _start(watermark: str, lag: str, kind: Any) -> Any:
    """The watermark less the lag, as the type of the cursor; None where the database cannot be asked by it.

    A database compares texts by rules of its own, so of a column of texts that hold times whole days are asked for, one
    more for their offsets, and one of texts that hold numbers is read from the beginning.
    """
    span, number, is_text = parse_lag(lag), number_of(watermark), isinstance(kind, sa.String)
    days = span if isinstance(span, timedelta) else timedelta()
    if isinstance(kind, sa.DateTime):
        at = datetime.fromisoformat(watermark)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)) - days
        return at if kind.timezone else at.replace(tzinfo=None)
    if isinstance(kind, sa.Date):
        return date.fromisoformat(watermark[:10]) - (span if isinstance(span, timedelta) else timedelta(days=span))
    if number is not None:
        start = number - (span if isinstance(span, int) else 0)
        if isinstance(kind, sa.Integer):
            return int(start)
        return None if is_text else float(start) if isinstance(kind, sa.Float) else start
    if is_text and TIME.match(watermark):
        return (datetime.fromisoformat(watermark) - days - timedelta(days=1)).date().isoformat()
    return watermark


def _as_contract(column: pa.Array) -> pa.Array:
    """Texts as this project has them; other types are what the contract's parser takes."""
    return column.cast(pa.string()) if pa.types.is_large_string(column.type) else column
