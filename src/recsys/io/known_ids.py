"""Ids that earlier loads brought: what the rows of a delta may refer to."""

from __future__ import annotations

import pyarrow as pa

from recsys.cleaning.hashing import HashSet, hash_rows
from recsys.io.postgres import Connection

BATCH_ROWS = 1 << 16


def read_known_ids(connection: Connection) -> dict[str, HashSet]:
    """Hashes of all customer ids and product ids in the database, by `table.column` of the feed contract."""
    return {
        "customers.customer_id": _hashes(connection, "select customer_id from identity.customers"),
        "products.product_id": _hashes(connection, "select product_id from raw.products"),
    }


def _hashes(connection: Connection, query: str) -> HashSet:
    hashes = HashSet()
    with connection.cursor(name="known_ids") as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(BATCH_ROWS):
            hashes.add(hash_rows([pa.array([row[0] for row in rows], pa.string())]))
    return hashes
