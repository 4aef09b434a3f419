"""The pseudonymised tables of `raw`: emptied and filled by COPY for a full feed; `raw_merging` brings a delta in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa
from psycopg import sql
from psycopg.types.json import Jsonb

from recsys.errors import RunError
from recsys.feed.columns import Table
from recsys.feed.contract import TABLES
from recsys.io.arrow_copy import array_literal, write_table
from recsys.io.postgres import Connection


def empty_raw(connection: Connection) -> None:
    """Empty every table of `raw`; a full feed replaces all of them, also those that it no longer has."""
    names = [sql.Identifier("raw", table.name) for table in TABLES]
    connection.execute(sql.SQL("truncate {}").format(sql.SQL(", ").join(names)))
    connection.execute("delete from ops.deletions")


def append_rows(connection: Connection, target: sql.Composable, batches: Iterable[pa.Table]) -> int:
    """Append `batches` to a table that has the columns of one of `raw`, and return the number of rows."""
    return sum(write_table(connection, target, _without_lists(batch)) for batch in batches)


def raw_table(table: Table) -> sql.Identifier:
    """The table of `raw` that holds the rows of `table`."""
    return sql.Identifier("raw", table.name)


def read_first_opening(connection: Connection) -> date | None:
    """The day of the first dated opening in `raw.holdings`; None where no opening has a date."""
    row = connection.execute("select min(opened_at) from raw.holdings").fetchone()
    return row[0] if row else None


def write_customer_links(connection: Connection, run_id: str) -> int:
    """Bring `raw.customer_links` in line with `identity` for all customers in `raw`, and return their number.

    Raises `RunError` where a customer in `raw` is not in `identity`.
    """
    links = connection.execute("select identity.write_links_to_raw(%s)", [run_id]).fetchone()
    written = int(links[0]) if links else 0
    row = connection.execute("select count(distinct customer_key) from raw.customers").fetchone()
    n_customers = row[0] if row else 0
    if written != n_customers:
        raise RunError(
            f"raw.customers has {n_customers} customers, of whom identity knows {written}.",
            remedy="Run resolve_customers again.",
        )
    return written


def write_keyed_extras(connection: Connection, columns: Iterable[tuple[str, str]], *, is_full: bool) -> None:
    """Note the columns beyond the contract, as (table, column), that hold pseudonyms, for rotations of keys."""
    if is_full:
        connection.execute("delete from ops.keyed_extras")
    for table_name, column_name in columns:
        connection.execute(
            "insert into ops.keyed_extras (table_name, column_name) values (%s, %s) on conflict do nothing",
            [table_name, column_name],
        )


def mark_anonymised(connection: Connection, run_id: str, redactions: dict[str, int]) -> None:
    """Note that the feed is in `raw`, and how often each tag was set."""
    connection.execute(
        "update ops.feeds set state = 'anonymised', anonymised_at = now(), redactions = %s where run_id = %s",
        [Jsonb(redactions), run_id],
    )


def _without_lists(rows: pa.Table) -> pa.Table:
    """Lists of texts as PostgreSQL array literals; Arrow's CSV writer has none."""
    for position, field in enumerate(rows.schema):
        if pa.types.is_list(field.type):
            lists = rows.column(position).to_pylist()
            literals = [None if texts is None else array_literal(texts) for texts in lists]
            rows = rows.set_column(position, field.name, pa.array(literals, pa.string()))
    return rows
