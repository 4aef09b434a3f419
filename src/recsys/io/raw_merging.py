"""A delta on its way into `raw`: newer rows over older ones, deletions, and what falls with what was deleted.

Everything is one set-based statement per table and cause, in the transaction of `anonymise_feed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
from psycopg import sql

from recsys.cleaning.deliveries import ROW_VERSION
from recsys.feed.columns import Column, Table
from recsys.feed.contract import CUSTOMERS, TABLES
from recsys.io.arrow_copy import write_table
from recsys.io.postgres import Connection
from recsys.io.raw import append_rows, raw_table

_ORDER = "delivered_order"


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows of one table that came new, that changed, that brought nothing new, and that were deleted."""

    n_new: int = 0
    n_updated: int = 0
    n_repeated: int = 0
    n_deleted: int = 0

    def __add__(self, other: Merged) -> Merged:
        """Both together."""
        return Merged(
            self.n_new + other.n_new,
            self.n_updated + other.n_updated,
            self.n_repeated + other.n_repeated,
            self.n_deleted + other.n_deleted,
        )


def merge_rows(
    connection: Connection,
    table: Table,
    rows: Iterable[pa.Table],
    deletions: Iterable[pa.Table],
    *,
    run_id: str,
    is_complete: bool = False,
) -> Merged:
    """Write `rows` over the rows of `raw` with the same key, unless what is there is newer; then delete.

    Of rows with one key the newest version counts, and of equal versions the later row; a row without a version is
    new. `deletions` hold the raw columns of the entity key, and `row_version`: what is not newer than its deletion
    goes, and does not come back. Where `rows` are all that there is, everything else goes, too.
    """
    aside = sql.Identifier(f"new_{table.name}")
    connection.execute(
        sql.SQL("create temporary table {} (like {}, {} bigint generated always as identity) on commit drop").format(
            aside, raw_table(table), sql.Identifier(_ORDER)
        )
    )
    n_delivered = append_rows(connection, aside, rows)
    connection.execute(sql.SQL("analyze {}").format(aside))
    has_deletions = _write_deletions(connection, table, deletions, run_id)
    _drop_older_versions(connection, table, aside)
    _drop_deleted(connection, table, aside, run_id)
    n_new, n_updated = _upsert(connection, table, aside)
    n_deleted = _delete_deleted(connection, table, run_id) if has_deletions else 0
    if is_complete:
        n_deleted += _delete_absent(connection, table, aside)
    if n_deleted:
        _delete_what_referred(connection, table)
    connection.execute(sql.SQL("drop table {}").format(aside))
    return Merged(n_new, n_updated, n_delivered - n_new - n_updated, n_deleted)


def _write_deletions(connection: Connection, table: Table, deletions: Iterable[pa.Table], run_id: str) -> bool:
    aside = sql.Identifier(f"deleted_{table.name}")
    names = [*_raw_names(table, table.entity_key), ROW_VERSION]
    connection.execute(
        sql.SQL("create temporary table {} on commit drop as select {} from {} limit 0").format(
            aside, _listed(names), raw_table(table)
        )
    )
    n_rows = sum(write_table(connection, aside, batch.select(names)) for batch in deletions)
    connection.execute(
        sql.SQL(
            """
            insert into ops.deletions (table_name, row_key, row_version, run_id)
            select {name}, {key}, max(coalesce(row_version, '')), {run_id} from {aside} group by 2
            on conflict (table_name, row_key) do update
            set row_version = greatest(deletions.row_version, excluded.row_version), run_id = excluded.run_id
            """
        ).format(name=sql.Literal(table.name), key=_row_key(table, aside), run_id=sql.Literal(run_id), aside=aside)
    )
    connection.execute(sql.SQL("drop table {}").format(aside))
    return n_rows > 0


def _drop_older_versions(connection: Connection, table: Table, aside: sql.Composable) -> None:
    connection.execute(
        sql.SQL(
            """
            delete from {aside} using (
                select {order}, row_number() over (
                    partition by {key} order by coalesce(row_version, '') desc, {order} desc
                ) as age
                from {aside}
            ) as ranked
            where ranked.age > 1 and ranked.{order} = {aside}.{order}
            """
        ).format(aside=aside, order=sql.Identifier(_ORDER), key=_listed(_raw_names(table, table.key)))
    )


def _drop_deleted(connection: Connection, table: Table, aside: sql.Composable, run_id: str) -> None:
    """Drop rows that are older than their deletion; any other takes the deletion back."""
    parts = {
        "aside": aside,
        "name": sql.Literal(table.name),
        "key": _row_key(table, aside),
        "run_id": sql.Literal(run_id),
    }
    connection.execute(
        sql.SQL(
            """
            delete from {aside} using ops.deletions
            where deletions.table_name = {name} and deletions.row_key = {key}
                and (
                    deletions.row_version > coalesce({aside}.row_version, '')
                    or deletions.row_version = coalesce({aside}.row_version, '') and deletions.run_id = {run_id}
                )
            """
        ).format(**parts)
    )
    connection.execute(
        sql.SQL("delete from ops.deletions using {aside} where table_name = {name} and row_key = {key}").format(**parts)
    )


def _upsert(connection: Connection, table: Table, aside: sql.Composable) -> tuple[int, int]:
    """Rows that were inserted, and rows that were changed."""
    key = _raw_names(table, table.key)
    names = [*(column.raw_name for column in table.columns if column.raw_name), "extras", ROW_VERSION]
    # The band of what was coarse before goes with it.
    names += ["birth_year_to"] if table is CUSTOMERS else []
    others = [name for name in names if name not in key]
    row = connection.execute(
        sql.SQL(
            """
            with written as (
                insert into {target} as kept ({names}) select {names} from {aside}
                on conflict ({key}) do update set {updates}
                where (
                        coalesce(excluded.row_version, '') = ''
                        or excluded.row_version >= coalesce(kept.row_version, '')
                    )
                    and ({kept}) is distinct from ({excluded})
                returning xmax = 0 as is_new
            )
            select count(*) filter (where is_new), count(*) filter (where not is_new) from written
            """
        ).format(
            target=raw_table(table),
            aside=aside,
            names=_listed(names),
            key=_listed(key),
            updates=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in others),
            kept=_listed(others, "kept"),
            excluded=_listed(others, "excluded"),
        )
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _delete_deleted(connection: Connection, table: Table, run_id: str) -> int:
    return connection.execute(
        sql.SQL(
            """
            delete from {target} using ops.deletions
            where deletions.table_name = {name} and deletions.run_id = {run_id} and deletions.row_key = {key}
                and deletions.row_version >= coalesce({target}.row_version, '')
            """
        ).format(
            target=raw_table(table),
            name=sql.Literal(table.name),
            run_id=sql.Literal(run_id),
            key=_row_key(table, raw_table(table)),
        )
    ).rowcount


def _delete_absent(connection: Connection, table: Table, aside: sql.Composable) -> int:
    target = raw_table(table)
    return connection.execute(
        sql.SQL("delete from {target} where not exists (select 1 from {aside} where {new} = {old})").format(
            target=target, aside=aside, new=_row_key(table, aside), old=_row_key(table, target)
        )
    ).rowcount


def _delete_what_referred(connection: Connection, table: Table) -> None:
    """Rows that name something which is gone: a load of everything would have refused them."""
    for other, column in _referring(table):
        target = str(table.column(str(column.references).split(".")[1]).raw_name)
        connection.execute(
            sql.SQL(
                "delete from {other} where not exists (select 1 from {table} where {table}.{target} = {other}.{name})"
            ).format(
                other=raw_table(other),
                table=raw_table(table),
                target=sql.Identifier(target),
                name=sql.Identifier(str(column.raw_name)),
            )
        )


def _referring(table: Table) -> list[tuple[Table, Column]]:
    references = [(other, column) for other in TABLES for column in other.columns if column.references]
    return [(other, column) for other, column in references if str(column.references).split(".")[0] == table.name]


def _raw_names(table: Table, names: Sequence[str]) -> list[str]:
    return [str(table.column(name).raw_name) for name in names]


def _row_key(table: Table, alias: sql.Composable) -> sql.Composed:
    """What identifies the entity of a row, as one text; a missing value is a value of its own."""
    texts = (
        sql.SQL("coalesce({}.{}::text, '')").format(alias, sql.Identifier(name))
        for name in _raw_names(table, table.entity_key)
    )
    return sql.SQL("concat_ws(chr(31), {})").format(sql.SQL(", ").join(texts))


def _listed(names: Iterable[str | None], alias: str = "") -> sql.Composed:
    parts = (sql.Identifier(alias, str(name)) if alias else sql.Identifier(str(name)) for name in names)
    return sql.SQL(", ").join(parts)
