"""Ids that earlier loads brought: what the rows of a delta may refer to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import pyarrow as pa

from recsys.cleaning.hashing import HashSet, hash_rows
from recsys.io import identity
from recsys.io.audited_reading import read_by_function
from recsys.io.postgres import Connection

BATCH_ROWS = 1 << 16


def add_known_ids(connection: Connection, known: dict[str, HashSet], target: str, gone: pa.Array | None = None) -> None:
    """Add to `known` the hashes of all ids in the database for `target`, a `table.column` of the contract, but `gone`.

    Raises `KeyError` for a column that nothing refers to.
    """
    hashes, without = known.setdefault(target, HashSet()), HashSet()
    if gone is not None and len(gone):
        without.add(hash_rows([gone]))
    for rows in _READERS[target](connection):
        found = hash_rows([pa.array([row[0] for row in rows], pa.string())])
        hashes.add(found[~without.contains(found)])


def read_known_among(connection: Connection, target: str, values: Collection[str]) -> HashSet:
    """Hashes of those of `values` that are in the database for `target`. Raises `KeyError` as `add_known_ids` does."""
    hashes = HashSet()
    found = _AMONG[target](connection, values)
    if found:
        hashes.add(hash_rows([pa.array(sorted(found), pa.string())]))
    return hashes


def _customer_ids(connection: Connection) -> Iterator[list[tuple[str]]]:
    yield from read_by_function(connection, "select identity.ids_for_ingest()", [], BATCH_ROWS)


def _product_ids(connection: Connection) -> Iterator[list[tuple[str]]]:
    with connection.cursor(name="known_ids") as cursor:
        cursor.execute("select product_id from raw.products")
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield rows


def _customers_among(connection: Connection, values: Collection[str]) -> set[str]:
    return identity.read_known_among(connection, values, "repair")


def _products_among(connection: Connection, values: Collection[str]) -> set[str]:
    rows = connection.execute("select product_id from raw.products where product_id = any(%s)", [list(values)])
    return {row[0] for row in rows}


_READERS: Mapping[str, Callable[[Connection], Iterator[list[tuple[str]]]]] = {
    "customers.customer_id": _customer_ids,
    "products.product_id": _product_ids,
}
_AMONG: Mapping[str, Callable[[Connection, Collection[str]], set[str]]] = {
    "customers.customer_id": _customers_among,
    "products.product_id": _products_among,
}
REFERENCED = tuple(_READERS)
