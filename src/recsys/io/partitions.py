"""One publication's rows in tables of its own: built aside, attached to be read, dropped when they are old."""

from __future__ import annotations

from psycopg import sql

from recsys.io.postgres import Connection

ROWS = "recommendation_rows"
ELIMINATIONS = "elimination_rows"
FACTS = "decision_facts"
_KEYS = {
    ROWS: ("publication_id", "person_key", "rank"),
    ELIMINATIONS: ("publication_id", "person_key"),
    FACTS: ("publication_id", "person_key"),
}


def partition(table: str, publication_id: int) -> sql.Identifier:
    """The table aside of `serving.<table>` for one publication."""
    return sql.Identifier("serving", partition_name(table, publication_id))


def partition_name(table: str, publication_id: int) -> str:
    """Its name within the schema `serving`."""
    return f"{table}_p{publication_id}"


def create_partitions(connection: Connection, publication_id: int) -> None:
    """Make the empty tables aside, without keys, which are built faster over rows that are there."""
    for table in _KEYS:
        aside = partition(table, publication_id)
        connection.execute(sql.SQL("create table {} (like {})").format(aside, sql.Identifier("serving", table)))
        # The same number in every row need not travel in every row.
        connection.execute(
            sql.SQL("alter table {} alter publication_id set default {}").format(aside, sql.Literal(publication_id))
        )


def seal_partitions(connection: Connection, publication_id: int) -> None:
    """Build the keys, and state which publication this is, so that attaching has nothing left to look through."""
    for table, key in _KEYS.items():
        aside = partition(table, publication_id)
        connection.execute(
            sql.SQL("alter table {} add primary key ({}), add constraint is_publication check ({} = {})").format(
                aside,
                sql.SQL(", ").join(map(sql.Identifier, key)),
                sql.Identifier("publication_id"),
                sql.Literal(publication_id),
            )
        )
        connection.execute(sql.SQL("analyze {}").format(aside))


def attach_partitions(connection: Connection, publication_id: int) -> None:
    """Let readers of the parents find the rows; partitions that are attached already stay as they are."""
    for table in _KEYS:
        if not is_attached(connection, table, publication_id):
            connection.execute(
                sql.SQL("alter table {} attach partition {} for values in ({})").format(
                    sql.Identifier("serving", table), partition(table, publication_id), sql.Literal(publication_id)
                )
            )


def drop_aside(connection: Connection, publication_id: int) -> None:
    """Drop the tables of a publication that was never attached; readers notice nothing."""
    for table in _KEYS:
        connection.execute(sql.SQL("drop table if exists {}").format(partition(table, publication_id)))


def drop_attached(connection: Connection, publication_id: int) -> None:
    """Detach and drop the tables of an old publication while readers go on. `connection` is in autocommit mode.

    A plain `drop` would lock the parent against all readers for as long as the slowest of them takes.
    """
    for table in _KEYS:
        if is_attached(connection, table, publication_id):
            pending = _is_detach_pending(connection, table, publication_id)
            connection.execute(
                sql.SQL("alter table {} detach partition {} {}").format(
                    sql.Identifier("serving", table),
                    partition(table, publication_id),
                    sql.SQL("finalize" if pending else "concurrently"),
                )
            )
    drop_aside(connection, publication_id)


def is_attached(connection: Connection, table: str, publication_id: int) -> bool:
    """Whether the partition is part of its parent."""
    return _inheritance(connection, table, publication_id) is not None


def _is_detach_pending(connection: Connection, table: str, publication_id: int) -> bool:
    # Left behind where a concurrent detach was killed between its two transactions.
    return bool(_inheritance(connection, table, publication_id))


def _inheritance(connection: Connection, table: str, publication_id: int) -> bool | None:
    row = connection.execute(
        "select inhdetachpending from pg_inherits where inhrelid = to_regclass(%s)",
        [f"serving.{partition_name(table, publication_id)}"],
    ).fetchone()
    return None if row is None else bool(row[0])
