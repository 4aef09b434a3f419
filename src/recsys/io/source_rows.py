"""`identity.source_rows`: what each of several sources says of one row, sealed, until it is put together.

Only tables that more than one source delivers are kept here. A row whose run is not committed yet is put together again
by the next one, so whatever was cut off is made up for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, LiteralString

import numpy as np
import pyarrow as pa
from psycopg import sql

from recsys.cleaning.deliveries import ROW_VERSION
from recsys.cleaning.merging import SourceRows
from recsys.feed.columns import Table
from recsys.feed.contract import CUSTOMERS
from recsys.io.arrow_copy import write_table
from recsys.io.audited_reading import read_by_function
from recsys.io.postgres import Connection
from recsys.io.raw_merging import Merged
from recsys.io.sealing import seal, unseal
from recsys.privacy.keys import CUSTOMER_DOMAIN, pseudonyms

PURPOSE = "source row"
MERGE_ROWS = 1 << 14


def empty_source_rows(connection: Connection) -> None:
    """Forget what all sources have said: everything is delivered again."""
    connection.execute("select identity.clear_source_rows()")


def write_source_rows(
    connection: Connection, table: Table, source: str, rows: pa.Table, run_id: str, key: bytes, *, is_deleted: bool
) -> Merged:
    """Keep `rows` of one source with their `row_version`, unless what is there is newer. `key` seals them."""
    if not rows.num_rows:
        return Merged()
    write_table(connection, sql.Identifier("identity", "new_source_rows"), _sealed(table, rows, key))
    counts = connection.execute(
        "select n_new, n_updated, n_deleted from identity.take_new_source_rows(%s, %s, %s, %s)",
        [table.name, source, run_id, is_deleted],
    ).fetchone()
    assert counts is not None
    n_new, n_updated, n_deleted = counts
    return Merged(n_new, n_updated, rows.num_rows - n_new - n_updated - n_deleted, n_deleted)


def begin_delivery(connection: Connection) -> None:
    """Forget, in this transaction, what was written of the delivery before."""
    connection.execute("select identity.begin_delivery()")


def mark_absent(connection: Connection, table: Table, source: str, run_id: str) -> int:
    """Delete the rows of a source that were not written since `begin_delivery`: there are no others."""
    return _count(connection, "select identity.delete_absent_source_rows(%s, %s, %s)", [table.name, source, run_id])


def has_source_rows(connection: Connection, table: Table, source: str) -> bool:
    """Whether anything is kept of what a source has said of a table."""
    return bool(_count(connection, "select identity.has_source_rows(%s, %s)", [table.name, source]))


def forget_deleted(connection: Connection, run_id: str) -> None:
    """Keep of rows that were deleted at the source only that they were."""
    connection.execute("select identity.forget_deleted_source_rows(%s)", [run_id])


def count_changed(connection: Connection, table: Table) -> int:
    """Entities that were delivered since the last load that was committed."""
    return _count(connection, "select identity.count_changed_source_rows(%s)", [table.name])


def read_changed(
    connection: Connection, table: Table, names: Sequence[str], sources: Sequence[str], key: bytes
) -> Iterator[dict[str, SourceRows]]:
    """What each of `sources` has for the entities that changed, in blocks; texts of the columns `names`."""
    block: dict[Any, dict[str, tuple[bool, bytes]]] = {}
    merging = read_by_function(connection, "select identity.source_rows_for_merging(%s)", [table.name], MERGE_ROWS)
    for rows in merging:
        for key_hash, source, is_deleted, payload in rows:
            if key_hash not in block and len(block) >= MERGE_ROWS:
                yield _aligned(table, list(block.values()), names, sources, key)
                block = {}
            block.setdefault(key_hash, {})[source] = (is_deleted, payload)
    if block:
        yield _aligned(table, list(block.values()), names, sources, key)


def _aligned(
    table: Table,
    entities: list[dict[str, tuple[bool, bytes]]],
    names: Sequence[str],
    sources: Sequence[str],
    key: bytes,
) -> dict[str, SourceRows]:
    found = {}
    for source in sources:
        rows: list[dict[str, str]] = []
        has_row = np.zeros(len(entities), dtype=bool)
        for place, entity in enumerate(entities):
            is_deleted, payload = entity.get(source, (True, b""))
            values = json.loads(unseal(payload, key, PURPOSE)) if payload else {}
            has_row[place] = not is_deleted
            # The key of a deleted row is still what says which row it is.
            rows.append({name: values[name] for name in table.entity_key if name in values} if is_deleted else values)
        columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
        found[source] = SourceRows(columns, has_row)
    return found


def _sealed(table: Table, rows: pa.Table, key: bytes) -> pa.Table:
    names = [name for name in rows.column_names if name != ROW_VERSION]
    contents = [
        json.dumps({name: _text(value) for name, value in row.items() if value is not None}, ensure_ascii=False)
        for row in rows.select(names).to_pylist()
    ]
    return pa.table(
        {
            "key_hash": entity_hashes(table, rows, key),
            ROW_VERSION: rows[ROW_VERSION],
            "content_hash": pseudonyms(contents, key, PURPOSE),
            "payload": pa.array([f"\\x{seal(text.encode(), key, PURPOSE).hex()}" for text in contents], pa.string()),
        }
    )


def entity_hashes(table: Table, rows: pa.Table, key: bytes) -> pa.Array:
    """A keyed hash of the entity of each row (n,), as uuid text."""
    keys = [
        "\x1f".join("" if value is None else _text(value) for value in row.values())
        for row in rows.select(list(table.entity_key)).to_pylist()
    ]
    return pseudonyms(keys, key, CUSTOMER_DOMAIN if table is CUSTOMERS else f"{table.name} row")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "|".join(value)
    return str(value)


def _count(connection: Connection, query: LiteralString, params: Sequence[str]) -> int:
    row = connection.execute(query, params).fetchone()
    return int(row[0]) if row else 0
