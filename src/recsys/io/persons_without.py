"""Persons to whom a publication offers nothing, and how many of them no rule could know well enough."""

from __future__ import annotations

from psycopg import sql
from psycopg.rows import dict_row

from recsys.io.partitions import ELIMINATIONS, ROWS, partition
from recsys.io.postgres import Connection

# Who was scored has eliminations where nothing was left. Rules say no to what they do not know.
_QUERY = sql.SQL(
    """
    select
        count(*) as persons_without,
        count(*) filter (where persons.birth_year is null or persons.country is null) as persons_without_unknown
    from marts.dim_customers as persons
    where
        exists (select 1 from {eliminations} as refused where refused.person_key = persons.person_key)
        and not exists (select 1 from {rows} as rows where rows.person_key = persons.person_key)
    """
)


def count_persons_without(connection: Connection, publication_id: int) -> dict[str, int]:
    """`persons_without` any permitted product; `persons_without_unknown` of them lack birth year or country.

    These were not delivered, or blanked because fewer than k persons share them.
    """
    query = _QUERY.format(eliminations=partition(ELIMINATIONS, publication_id), rows=partition(ROWS, publication_id))
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query).fetchone()
    assert row is not None
    return row
