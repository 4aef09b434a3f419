"""`ops.value_clusters`: spellings of one value, as they were proposed and decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from psycopg import sql
from psycopg.rows import dict_row

from recsys.cleaning.neighbours import Spelling
from recsys.cleaning.value_clusters import MAX_DISTINCT, MAX_LENGTH, Decisions, Method, Proposal
from recsys.feed.contract import CLUSTERED_INSIDE
from recsys.io.arrow_copy import read_batches, write_table
from recsys.io.postgres import Connection

_READ_ROWS = 1 << 16
_SPELLINGS = pa.schema({"value": pa.string(), "n_rows": pa.int64(), "n_customers": pa.int64()})


def read_spellings(connection: Connection, table_name: str, column_name: str) -> list[Spelling]:
    """The distinct values of a column of `raw` with their rows and customers, the most frequent first."""
    query = sql.SQL(
        """
        select value, sum(n_rows) as n_rows, count(*) as n_customers
        from (
            select {column} as value, customer_key, count(*) as n_rows
            from raw.{table}
            where length({column}) <= {longest}
            group by 1, 2
        ) as of_customers
        group by 1 order by 2 desc, 1 limit {most}
        """
    ).format(
        column=sql.Identifier(column_name),
        table=sql.Identifier(table_name),
        longest=sql.Literal(MAX_LENGTH),
        most=sql.Literal(MAX_DISTINCT),
    )
    batches = read_batches(connection, query, [], _SPELLINGS, _READ_ROWS)
    columns = ((batch[name].to_pylist() for name in _SPELLINGS.names) for batch in batches)
    return [Spelling(*row) for batch in columns for row in zip(*batch, strict=True)]


def read_decisions(connection: Connection, table_name: str, column_name: str) -> Decisions:
    """What was accepted and what rejected for a column."""
    rows = connection.execute(
        """
        select state, value, canonical from ops.value_clusters
        where table_name = %s and column_name = %s and state <> 'proposed'
        """,
        [table_name, column_name],
    ).fetchall()
    by_state = {state: {value: to for its, value, to in rows if its == state} for state in ("accepted", "rejected")}
    return Decisions(**by_state)


def read_canonical_inside(connection: Connection) -> dict[str, dict[str, Mapping[str, str]]]:
    """By table and column that is clustered inside the boundary, what was accepted: value -> canonical."""
    canonical: dict[str, dict[str, Mapping[str, str]]] = {}
    for table, column in CLUSTERED_INSIDE:
        canonical.setdefault(table, {})[column] = read_decisions(connection, table, column).accepted
    return canonical


def write_proposals(
    connection: Connection, run_id: str, table_name: str, column_name: str, proposals: Sequence[Proposal]
) -> None:
    """Put `proposals` in the place of those of a column that nobody decided; decisions stay."""
    connection.execute(
        """
        create temporary table new_proposals (
            value text, canonical text, method text, similarity double precision, n_rows bigint, n_canonical_rows bigint
        ) on commit drop
        """
    )
    columns = zip(*proposals, strict=True) if proposals else ((),) * len(Proposal._fields)
    rows = pa.table(dict(zip(Proposal._fields, map(list, columns), strict=True)))
    write_table(connection, sql.Identifier("new_proposals"), rows)
    place = {"table": table_name, "column": column_name, "run": run_id}
    connection.execute(
        """
        delete from ops.value_clusters as known
        where table_name = %(table)s and column_name = %(column)s and state = 'proposed'
            and not exists (select 1 from new_proposals where new_proposals.value = known.value)
        """,
        place,
    )
    connection.execute(
        """
        insert into ops.value_clusters (
            table_name, column_name, value, canonical, method, similarity, n_rows, n_canonical_rows, state, first_run_id
        )
        select
            %(table)s, %(column)s, value, canonical, method, similarity, n_rows, n_canonical_rows, 'proposed', %(run)s
        from new_proposals
        on conflict (table_name, column_name, value) do update
        set canonical = excluded.canonical, method = excluded.method, similarity = excluded.similarity,
            n_rows = excluded.n_rows, n_canonical_rows = excluded.n_canonical_rows
        where value_clusters.state = 'proposed'
        """,
        place,
    )
    connection.execute("drop table new_proposals")


def renew_counts(
    connection: Connection,
    table_name: str,
    column_name: str,
    spellings: Iterable[Spelling],
    states: Sequence[str] = ("accepted", "rejected"),
) -> None:
    """Bring the rows of values that were decided so up to date; a value that is gone has none."""
    n_rows = {spelling.text: spelling.n_rows for spelling in spellings}
    decided = connection.execute(
        """
        select value, canonical from ops.value_clusters
        where table_name = %s and column_name = %s and state = any(%s)
        """,
        [table_name, column_name, list(states)],
    ).fetchall()
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            update ops.value_clusters set n_rows = %s, n_canonical_rows = %s
            where table_name = %s and column_name = %s and value = %s
                and (n_rows, n_canonical_rows) is distinct from (%s, %s)
            """,
            [
                (n, n_canonical, table_name, column_name, value, n, n_canonical)
                for value, canonical in decided
                for n, n_canonical in [(n_rows.get(value, 0), n_rows.get(canonical, 0))]
            ],
        )


def accept_by_rule(
    connection: Connection, table_name: str, column_name: str, methods: Sequence[Method], rule: str
) -> int:
    """Accept the proposals of `methods` that no person has reopened, and return their number."""
    return connection.execute(
        """
        update ops.value_clusters set state = 'accepted', decided_by = %s, decided_at = now()
        where table_name = %s and column_name = %s and state = 'proposed' and decided_at is null
            and method = any(%s)
        """,
        [rule, table_name, column_name, [method.value for method in methods]],
    ).rowcount


def count_clusters(connection: Connection) -> list[dict[str, Any]]:
    """How many values and rows of each column are in which state, by method."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select table_name, column_name, method, state, count(*) as n_values, sum(n_rows)::bigint as n_rows
            from ops.value_clusters
            group by table_name, column_name, method, state
            order by table_name, column_name, method, state
            """
        ).fetchall()


def read_clusters(
    connection: Connection, column: tuple[str, str] | None = None, state: str | None = None
) -> list[dict[str, Any]]:
    """Values with what they become, by column, those with most rows first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select table_name, column_name, value, canonical, method, similarity, n_rows, n_canonical_rows, state,
                decided_by, decided_at, first_run_id
            from ops.value_clusters
            where (%(table)s::text is null or table_name = %(table)s)
                and (%(column)s::text is null or column_name = %(column)s)
                and (%(state)s::text is null or state = %(state)s)
            order by table_name, column_name, n_rows desc, value
            """,
            {"table": column and column[0], "column": column and column[1], "state": state},
        ).fetchall()


def decide_clusters(
    connection: Connection,
    state: str,
    decider: str,
    column: tuple[str, str],
    value: str | None = None,
    method: Method | None = None,
) -> list[dict[str, Any]]:
    """Accept, reject or reopen (`proposed`) one value, or all of a column or of a method; returns what changed."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select * from ops.decide_value_clusters(%s, %s, %s, %s, %s, %s)",
            [state, decider, *column, value, method and method.value],
        ).fetchall()
