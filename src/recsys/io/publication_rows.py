"""A block's recommendations and eliminations as Arrow tables, and into the partitions aside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recsys.io.arrow_copy import write_table
from recsys.io.partitions import ELIMINATIONS, ROWS, partition
from recsys.io.postgres import Connection
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.eliminations import SetIds
from recsys.ranking.scoring import Recommended


def write_block(
    connection: Connection,
    publication_id: int,
    person_keys: pa.StringArray,
    block: Recommended,
    set_ids: SetIds,
    catalogue: Catalogue,
) -> None:
    """Append one block of persons to the partitions aside, in the transaction that created them.

    `set_ids` int16 (n, n_products) are the sets of the block's mask, see `EliminationSets.number`.
    """
    rows = recommendation_table(person_keys, block, catalogue)
    write_table(connection, partition(ROWS, publication_id), rows, freeze=True)
    eliminations = elimination_table(person_keys, set_ids)
    write_table(connection, partition(ELIMINATIONS, publication_id), eliminations, freeze=True)


def recommendation_table(person_keys: pa.StringArray, block: Recommended, catalogue: Catalogue) -> pa.Table:
    """One row per filled place of the ranking, by person and rank."""
    persons, places = np.nonzero(block.ranking.is_filled)
    return pa.table(
        {
            "person_key": person_keys.take(pa.array(persons)),
            "rank": pa.array((places + 1).astype(np.int16)),
            "product_id": _texts(catalogue.product_ids).take(pa.array(block.ranking.products[persons, places])),
            "score": pa.array(block.ranking.scores[persons, places]),
            "reason_ids": _reason_lists(block.reasons[persons, places]),
        }
    )


def elimination_table(person_keys: pa.StringArray, set_ids: SetIds) -> pa.Table:
    """One row per person to whom anything is refused, with the sets int16 (n, n_products) of all products."""
    persons = np.flatnonzero(set_ids.any(axis=1))
    return pa.table(
        {"person_key": person_keys.take(pa.array(persons)), "set_ids": _number_lists(set_ids[persons])},
        schema=pa.schema({"person_key": pa.string(), "set_ids": pa.string()}),
    )


def _number_lists(rows: SetIds) -> pa.StringArray:
    """Array literals of int16 (m, n_products); many persons share one, which is then written out once."""
    if not len(rows):
        return _texts([])
    packed = pa.Array.from_buffers(pa.binary(rows.itemsize * rows.shape[1]), len(rows), [None, pa.py_buffer(rows)])
    shared = packed.dictionary_encode()
    n_distinct, n_products = len(shared.dictionary), rows.shape[1]
    values = np.frombuffer(shared.dictionary.buffers()[1], rows.dtype, n_distinct * n_products)
    distinct = values.reshape(n_distinct, n_products)
    numbers = _texts([str(number) for number in range(int(distinct.max()) + 1)])
    columns = [numbers.take(pa.array(column)) for column in distinct.T]
    lists = pc.binary_join_element_wise(*columns, ",")
    return pc.binary_join_element_wise("{", lists, "}", "").take(shared.indices)


def _reason_lists(reasons: npt.NDArray[np.int32]) -> pa.StringArray:
    """Array literals of the numbers that are not -1, from int32 (m, n_reasons)."""
    # No nulls here: pyarrow 25 leaves a row out of `binary_join_element_wise` where it skips all of its parts.
    numbers = _texts([*(f",{number}" for number in range(reasons.max(initial=-1) + 1)), ""])
    columns = [numbers.take(pa.array(np.where(column < 0, len(numbers) - 1, column))) for column in reasons.T]
    return pc.replace_substring(pc.binary_join_element_wise("{", *columns, "}", ""), "{,", "{", max_replacements=1)


def _texts(values: list[str] | tuple[str, ...]) -> pa.StringArray:
    return pa.array(values, pa.string())
