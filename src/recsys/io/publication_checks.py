"""What must hold for a publication, asked of its tables in SQL, apart from the code that made them."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from recsys.io.partitions import ELIMINATIONS, ROWS, partition
from recsys.io.postgres import Connection
from recsys.io.rules_in_sql import count_broken_rules

_BROKEN_RANKS = sql.SQL(
    """
    select count(*) as broken_ranks
    from (
        select
            rank,
            row_number() over person as place,
            score,
            lag(score) over person as better_score
        from {rows}
        window person as (partition by person_key order by rank)
    ) as places
    where
        rank <> place
        -- What is done to a ranking after scoring puts other products first; the scores stay the model's own.
        or score > better_score
        and (select adjustments = '{{}}' from serving.publications where publication_id = %(publication_id)s)
    """
)

# Rows that nobody can explain.
_BROKEN_REASONS = sql.SQL(
    """
    select count(*) as without_reason
    from {rows} as rows
    where (
        rows.reason_ids && array(select reason_id from serving.reasons where publication_id = %(publication_id)s)
    ) is not true
    """
)

# Persons with fewer than N rows whose eliminations do not account for every other product.
_UNEXPLAINED = sql.SQL(
    """
    with lengths as (
        select persons.person_key, count(rows.rank) as n_rows
        from marts.dim_customers as persons
        left join {rows} as rows on rows.person_key = persons.person_key
        -- Whoever objected and is offered nothing is told so by a rule.
        where
            persons.person_key not in (
                select person_key from ops.suppressed_persons()
                where serves = 'nothing' and reason not in ('objected', 'consent_withdrawn')
            )
        group by persons.person_key
        having count(rows.rank) < %(top_n)s
    )

    select count(*) as unexplained_shortfalls
    from lengths
    where n_rows + (
        select count(*)
        from {eliminations} as eliminations, unnest(eliminations.set_ids) as set_id
        where eliminations.person_key = lengths.person_key and set_id <> 0
    ) <> (select count(*) from marts.dim_products)
    """
)

_SHARED = sql.SQL(
    """
    select count(*) as n_shared, count(*) filter (where old.product_id <> new.product_id) as n_first_changed
    from {old} as old
    inner join {new} as new on new.person_key = old.person_key
    where old.rank = 1 and new.rank = 1
    """
)


def broken_promises(
    connection: Connection, publication_id: int, as_of: date, top_n: int, *, cooling_off_days: int, on_objection: str
) -> dict[str, int]:
    """How many rows or persons break which promise; empty where all are kept.

    `cooling_off_days` is the bank's own for products that set none, `on_objection` what it has set for who objects.
    """
    tables = {
        "rows": partition(ROWS, publication_id),
        "eliminations": partition(ELIMINATIONS, publication_id),
    }
    params = {"top_n": top_n, "publication_id": publication_id}
    found = count_broken_rules(
        connection, publication_id, as_of, cooling_off_days=cooling_off_days, on_objection=on_objection
    )
    for query in (_BROKEN_RANKS, _BROKEN_REASONS, _UNEXPLAINED):
        found |= _row(connection, query.format(**tables), params)
    return {promise: n_broken for promise, n_broken in found.items() if n_broken}


def count_first_changes(connection: Connection, old_id: int, new_id: int) -> tuple[int, int]:
    """Persons served by both publications, and those among them whose first product differs."""
    row = _row(connection, _SHARED.format(old=partition(ROWS, old_id), new=partition(ROWS, new_id)), {})
    return row["n_shared"], row["n_first_changed"]


def _row(connection: Connection, query: sql.Composed, params: dict[str, Any]) -> dict[str, int]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, params).fetchone()
    assert row is not None
    return row
