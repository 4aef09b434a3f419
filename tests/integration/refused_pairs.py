"""Who is refused what by which rule in a publication, put together from its tables, also before it is attached."""

from __future__ import annotations

from psycopg import sql

from recsys.io.partitions import ELIMINATIONS, partition
from recsys.io.postgres import Database

Refused = tuple[str, str, str, bool]
_PAIRS = sql.SQL(
    """
    select rows.person_key::text, sets.product_id, rule, rule = any(sets.unknown)
    from {rows} as rows
    cross join unnest(rows.set_ids) with ordinality as told (set_id, place)
    inner join serving.publication_products as products
        on products.publication_id = rows.publication_id and products.position = told.place - 1
    inner join serving.elimination_sets as sets
        on sets.publication_id = rows.publication_id and sets.product_id = products.product_id
        and sets.set_id = told.set_id
    cross join unnest(sets.rules) as rule
    """
)


def refused_pairs(database: Database, publication_id: int) -> set[Refused]:
    """Person, product, rule, and whether that is because something is unknown."""
    query = _PAIRS.format(rows=partition(ELIMINATIONS, publication_id))
    with database.connect("publisher") as connection:
        return set(connection.execute(query).fetchall())
