"""`identity.source_rows`: what each of several sources says of one row, sealed, until it is put together.

Only tables that more than one source delivers are kept here. A row whose run is not committed yet is put together again
by the next one, so whatever was cut off is made up for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg import sql

from recsys.cleaning.deliveries import ROW_VERSION
from recsys.cleaning.merging import SourceRows
from recsys.feed.contract import CUSTOMERS, Table
from recsys.io.arrow_copy import write_table
from recsys.io.postgres import Connection
from recsys.io.raw_merging import Merged
from recsys.io.sealing import seal, unseal
from recsys.privacy.keys import CUSTOMER_DOMAIN, pseudonyms

PURPOSE = "source row"
MERGE_ROWS = 1 << 14


def empty_source_rows(connection: Connection) -> None:
    """Forget what all sources have said: everything is delivered again."""
    connection.execute("delete from identity.source_rows")


def write_source_rows(
    connection: Connection, table: Table, source: str, rows: pa.Table, run_id: str, key: bytes, *, is_deleted: bool
) -> Merged:
    """Keep `rows` of one source with their `row_version`, unless what is there is newer. `key` seals them."""
    if not rows.num_rows:
        return Merged()
    connection.execute(
        """
        create temporary table if not exists new_source_rows (
            key_hash uuid, row_version text collate "C", content_hash uuid, payload bytea,
            delivered_order bigint generated always as identity
        ) on commit drop
        """
    )
    connection.execute("truncate new_source_rows")
    connection.execute(_DELIVERED)
    write_table(connection, sql.Identifier("new_source_rows"), _sealed(table, rows, key))
    connection.execute("insert into delivered_source_rows select key_hash from new_source_rows")
    connection.execute(_DROP_OLDER)
    parameters = {"table": table.name, "source": source, "run_id": run_id, "is_deleted": is_deleted}
    counts = connection.execute(_COUNT, parameters).fetchone()
    connection.execute(_UPSERT, parameters)
    assert counts is not None
    n_new, n_updated, n_deleted = counts
    return Merged(n_new, n_updated, rows.num_rows - n_new - n_updated - n_deleted, n_deleted)


def begin_delivery(connection: Connection) -> None:
    """Forget, in this transaction, what was written of the delivery before."""
    connection.execute(_DELIVERED)
    connection.execute("truncate delivered_source_rows")


def mark_absent(connection: Connection, table: Table, source: str, run_id: str) -> int:
    """Delete the rows of a source that were not written since `begin_delivery`: there are no others."""
    return connection.execute(
        """
        update identity.source_rows set is_deleted = true, run_id = %(run_id)s
        where table_name = %(table)s and source = %(source)s and not is_deleted
            and not exists (
                select 1 from delivered_source_rows as delivered where delivered.key_hash = source_rows.key_hash
            )
        """,
        {"table": table.name, "source": source, "run_id": run_id},
    ).rowcount


def has_source_rows(connection: Connection, table: Table, source: str) -> bool:
    """Whether anything is kept of what a source has said of a table."""
    row = connection.execute(
        "select exists (select 1 from identity.source_rows where table_name = %s and source = %s)",
        [table.name, source],
    ).fetchone()
    return bool(row and row[0])


def forget_deleted(connection: Connection) -> None:
    """Keep of rows that were deleted at the source only that they were."""
    connection.execute("update identity.source_rows set payload = '' where is_deleted and payload <> ''")


def count_changed(connection: Connection, table: Table) -> int:
    """Entities that were delivered since the last load that was committed."""
    row = connection.execute(
        "select count(distinct key_hash) from identity.changed_source_rows where table_name = %s", [table.name]
    ).fetchone()
    return int(row[0]) if row else 0


def read_changed(
    connection: Connection, table: Table, names: Sequence[str], sources: Sequence[str], key: bytes
) -> Iterator[dict[str, SourceRows]]:
    """What each of `sources` has for the entities that changed, in blocks; texts of the columns `names`."""
    with connection.cursor(name="source_rows") as cursor:
        cursor.execute(_SELECT_CHANGED, {"table": table.name})
        block: dict[Any, dict[str, tuple[bool, bytes]]] = {}
        while rows := cursor.fetchmany(MERGE_ROWS):
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


_DELIVERED = "create temporary table if not exists delivered_source_rows (key_hash uuid) on commit drop"
_DROP_OLDER = """
    delete from new_source_rows using (
        select delivered_order, row_number() over (
            partition by key_hash order by row_version desc, delivered_order desc
        ) as age
        from new_source_rows
    ) as ranked
    where ranked.age > 1 and ranked.delivered_order = new_source_rows.delivered_order
"""
_COUNT = """
    select
        count(*) filter (where kept.key_hash is null and not %(is_deleted)s),
        count(*) filter (
            where not %(is_deleted)s and new.row_version >= kept.row_version
                and (new.content_hash <> kept.content_hash or kept.is_deleted)
        ),
        count(*) filter (where %(is_deleted)s and new.row_version >= kept.row_version and not kept.is_deleted)
    from new_source_rows as new
    left join identity.source_rows as kept
        on kept.table_name = %(table)s and kept.source = %(source)s and kept.key_hash = new.key_hash
"""
_UPSERT = """
    insert into identity.source_rows as kept
        (table_name, source, key_hash, row_version, is_deleted, content_hash, payload, run_id)
    select %(table)s, %(source)s, key_hash, row_version, %(is_deleted)s, content_hash, payload, %(run_id)s
    from new_source_rows
    on conflict (table_name, key_hash, source) do update
    set row_version = excluded.row_version, is_deleted = excluded.is_deleted, content_hash = excluded.content_hash,
        payload = excluded.payload, run_id = excluded.run_id
    where excluded.row_version >= kept.row_version
"""
_SELECT_CHANGED = """
    select key_hash, source, is_deleted, payload from identity.source_rows
    where
        table_name = %(table)s
        and key_hash in (select key_hash from identity.changed_source_rows where table_name = %(table)s)
    order by key_hash, source
"""
