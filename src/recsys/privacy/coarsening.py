"""Making small classes coarser until each has k persons.

Local recoding along ladders, cheapest first: a class that is too small tries every way to coarsen in order of its cost
and takes the first in which it comes to k persons, with others that are too small or with a class that stands there
already. Large classes keep their exact values. Deterministic: the same persons give the same classes.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.privacy.equivalence import class_numbers, class_sizes
from recsys.privacy.quasi_identifiers import ENFORCED_COLUMNS, coarser, levels_by_cost


def coarsen(cells: pa.Table, k: int) -> pa.Table:
    """`cells` with values that at least `k` persons share, row by row.

    `cells` has the columns of `ENFORCED_COLUMNS`, one row per combination, and `n_persons`, which counts each person in
    one row; a row of no person (values that somebody once had) is held to k like others. Where there are fewer than
    `k` persons altogether, nothing is left.
    """
    # Ties are broken by order, which must not be that of the rows.
    order = pc.sort_indices(cells, [(name, "ascending") for name in ENFORCED_COLUMNS]).to_numpy()
    return _coarsened(cells.take(pa.array(order)), k).take(pa.array(np.argsort(order))).combine_chunks()


def _coarsened(coarse: pa.Table, k: int) -> pa.Table:
    for levels in levels_by_cost()[1:]:
        is_small = _sizes(coarse) < k
        if not is_small.any():
            return coarse
        tried = _replaced(coarse, is_small, coarser(coarse.filter(pa.array(is_small)), levels))
        is_taken = is_small & (_sizes(tried) >= k)
        coarse = _replaced(coarse, is_taken, tried.filter(pa.array(is_taken)))
    return _without_the_rest(coarse, k)


def _without_the_rest(cells: pa.Table, k: int) -> pa.Table:
    """What is too small at every level loses all values; the smallest class beside it too, where they are too few."""
    everything = levels_by_cost()[-1]
    sizes = _sizes(cells)
    cells = _replaced(cells, sizes < k, coarser(cells.filter(pa.array(sizes < k)), everything))
    sizes = _sizes(cells)
    while (sizes < k).any() and (sizes >= k).any():
        classes = class_numbers(cells, ENFORCED_COLUMNS)
        smallest = np.flatnonzero(sizes == sizes[sizes >= k].min())[0]
        joins = classes == classes[smallest]
        cells = _replaced(cells, joins, coarser(cells.filter(pa.array(joins)), everything))
        sizes = _sizes(cells)
    return cells


def _sizes(cells: pa.Table) -> NDArray[np.int64]:
    """Persons in the class of each row, shape (n,)."""
    numbers = class_numbers(cells, ENFORCED_COLUMNS)
    counts = np.asarray(cells.column("n_persons").to_numpy(), dtype=np.int64)
    return class_sizes(numbers, counts)[numbers]


def _replaced(cells: pa.Table, is_replaced: NDArray[np.bool_], others: pa.Table) -> pa.Table:
    """`cells` with the rows of `others`, in order, where `is_replaced` (n,)."""
    places = np.arange(len(is_replaced))
    places[is_replaced] = len(is_replaced) + np.arange(int(is_replaced.sum()))
    return pa.concat_tables([cells, others]).take(pa.array(places)).combine_chunks()
