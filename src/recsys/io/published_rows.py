"""Rows of a publication by the keys of persons, for whoever compares them with what would be."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from recsys.io.arrow_copy import read_batches
from recsys.io.partitions import ROWS, partition
from recsys.io.postgres import Connection
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.limit_trial import PublishedPairs

_SCHEMA = pa.schema({"person_key": pa.string(), "product_id": pa.string()})
_READ_AT_A_TIME = 100_000
_ROWS = sql.SQL("select person_key, product_id from {rows} where person_key between %s and %s")
NOTHING_PUBLISHED = PublishedPairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def read_published_pairs(
    connection: Connection, publication_id: int, person_keys: pa.ChunkedArray, catalogue: Catalogue
) -> PublishedPairs:
    """The rows of these persons, whose keys ascend; products that `catalogue` lacks are left out."""
    if not len(person_keys):
        return NOTHING_PUBLISHED
    query = _ROWS.format(rows=partition(ROWS, publication_id))
    limits = [person_keys[0].as_py(), person_keys[-1].as_py()]
    rows = pa.concat_tables([_SCHEMA.empty_table(), *read_batches(connection, query, limits, _SCHEMA, _READ_AT_A_TIME)])
    persons = pc.index_in(rows["person_key"], value_set=person_keys.combine_chunks())
    columns = pc.index_in(rows["product_id"], value_set=pa.array(catalogue.product_ids, pa.string()))
    is_known = pc.and_(pc.is_valid(persons), pc.is_valid(columns))
    return PublishedPairs(
        persons.filter(is_known).to_numpy().astype(np.int64), columns.filter(is_known).to_numpy().astype(np.int64)
    )
