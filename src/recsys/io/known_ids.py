"""Ids that earlier loads brought: what the rows of a delta may refer to."""

from __future__ import annotations

import pyarrow as pa

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


_QUERIES = {
    "customers.customer_id": "select customer_id from identity.customers",
    "products.product_id": "select product_id from raw.products",
}
REFERENCED = tuple(_QUERIES)
