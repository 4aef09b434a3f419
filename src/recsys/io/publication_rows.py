"""A block's recommendations and eliminations as Arrow tables, and into the partitions aside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recsys.io.arrow_copy import array_literal, write_table
from recsys.io.partitions import ELIMINATIONS, ROWS, partition
from recsys.io.postgres import Connection
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.eliminations import eliminations_by_rule
from recsys.ranking.scoring import Recommended


def write_block(
    connection: Connection, publication_id: int, person_keys: pa.StringArray, block: Recommended, catalogue: Catalogue
) -> None:
    """Append one block of persons to the partitions aside, in the transaction that created them."""
    rows = recommendation_table(person_keys, block, catalogue)
    write_table(connection, partition(ROWS, publication_id), rows, freeze=True)
    for eliminations in elimination_tables(person_keys, block, catalogue):
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


def elimination_tables(person_keys: pa.StringArray, block: Recommended, catalogue: Catalogue) -> list[pa.Table]:
    """Per rule, one row per person with the products that it took out."""
    product_ids = np.array(catalogue.product_ids, dtype=object)
    return [
        pa.table(
            {
                "person_key": person_keys.take(pa.array(found.customers)),
                "rule": pa.repeat(found.rule, len(found.customers)),
                "product_ids": _texts([array_literal(product_ids[refused]) for refused in found.patterns]).take(
                    pa.array(found.pattern_of)
                ),
            }
        )
        for found in eliminations_by_rule(block.mask)
    ]


def _reason_lists(reasons: npt.NDArray[np.int32]) -> pa.StringArray:
    """Array literals of the numbers that are not -1, from int32 (m, n_reasons)."""
    # No nulls here: pyarrow 25 leaves a row out of `binary_join_element_wise` where it skips all of its parts.
    numbers = _texts([*(f",{number}" for number in range(reasons.max(initial=-1) + 1)), ""])
    columns = [numbers.take(pa.array(np.where(column < 0, len(numbers) - 1, column))) for column in reasons.T]
    return pc.replace_substring(pc.binary_join_element_wise("{", *columns, "}", ""), "{,", "{", max_replacements=1)


def _texts(values: list[str] | tuple[str, ...]) -> pa.StringArray:
    return pa.array(values, pa.string())
