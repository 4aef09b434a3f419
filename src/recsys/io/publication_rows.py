"""A block's recommendations and eliminations as Arrow tables, and into the partitions aside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recsys.io.arrow_copy import write_table
from recsys.io.partitions import ELIMINATIONS, ROWS, partition
from recsys.io.postgres import Connection
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.eliminations import eliminations_by_rule
from recsys.ranking.scoring import Recommended

# A reason's number is a smallint, so that several fit into one 64-bit word.
_REASON_BITS = 16


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
                "product_ids": _texts([_array_literal(product_ids[refused]) for refused in found.patterns]).take(
                    pa.array(found.pattern_of)
                ),
            }
        )
        for found in eliminations_by_rule(block.mask)
    ]


def _reason_lists(reasons: npt.NDArray[np.int32]) -> pa.StringArray:
    """Array literals of the numbers that are not -1, from int32 (m, n_reasons) with at most four reasons."""
    words = np.zeros(len(reasons), dtype=np.int64)
    for place in range(reasons.shape[1]):
        words = (words << _REASON_BITS) | (reasons[:, place] + 1)
    encoded = pa.array(words).dictionary_encode()
    literals = [_numbers_literal(word, reasons.shape[1]) for word in encoded.dictionary.to_pylist()]
    return _texts(literals).take(encoded.indices)


def _numbers_literal(word: int, n_places: int) -> str:
    numbers = [(word >> _REASON_BITS * place & 0xFFFF) - 1 for place in reversed(range(n_places))]
    return "{" + ",".join(str(number) for number in numbers if number >= 0) + "}"


def _array_literal(texts: npt.NDArray[np.object_]) -> str:
    escaped = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in escaped) + "}"


def _texts(values: list[str] | tuple[str, ...]) -> pa.StringArray:
    return pa.array(values, pa.string())
