"""Ids that earlier loads brought: what the rows of a delta may refer to."""

from __future__ import annotations

from collections.abc import Collection
from typing import LiteralString

import pyarrow as pa
from psycopg import sql

from recsys.cleaning.hashing import HashSet, hash_rows
from recsys.io.postgres import Connection

BATCH_ROWS = 1 << 16


def add_known_ids(connection: Connection, known: dict[str, HashSet], target: str, gone: pa.Array | None = None) -> None:
    """Add to `known` the hashes of all ids in the database for `target`, a `table.column` of the contract, but `gone`.

    Raises `KeyError` for a column that nothing refers to.
    """
    hashes, without = known.setdefault(target, HashSet()), HashSet()
    if gone is not None and len(gone):
        without.add(hash_rows([gone]))
    with connection.cursor(name="known_ids") as cursor:
        cursor.execute(_QUERIES[target])
        while rows := cursor.fetchmany(BATCH_ROWS):
            found = hash_rows([pa.array([row[0] for row in rows], pa.string())])
            hashes.add(found[~without.contains(found)])


def read_known_among(connection: Connection, target: str, values: Collection[str]) -> HashSet:
    """Hashes of those of `values` that are in the database for `target`. Raises `KeyError` as `add_known_ids` does."""
    hashes = HashSet()
    query = sql.SQL("select {1} from ({0}) as known where {1} = any(%s)").format(
        sql.SQL(_QUERIES[target]), sql.Identifier(target.split(".")[1])
    )
    found = [row[0] for row in connection.execute(query, [list(values)]).fetchall()]
    if found:
        hashes.add(hash_rows([pa.array(found, pa.string())]))
    return hashes


_QUERIES: dict[str, LiteralString] = {
    "customers.customer_id": """
        select customer_id from identity.customers
        where customer_key in (select customer_key from raw.customers)
    """,
    "products.product_id": "select product_id from raw.products",
}
REFERENCED = tuple(_QUERIES)
