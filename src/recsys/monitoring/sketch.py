"""Numbers counted into fixed logarithmic bins: small, exact to add up, and the same whatever the batches were.

DDSketch (Masson, Rim, Lee 2019, VLDB 12(12)) without its collapsing: a bin is as wide as 5 % of its values, so that a
quantile is off by at most 2.5 %, and all amounts that a feed may hold fit into some 1,600 bins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

WIDTH = 1.05
# Anything nearer to zero is zero: a tenth of a cent.
SMALLEST = 1e-3
_LARGEST = 1e18


def count_bins(values: npt.NDArray[np.float64]) -> Counter[int]:
    """How many of `values` (n,) lie in each bin; negative numbers lie in negative bins, zero in bin 0."""
    sizes = np.clip(np.abs(values), SMALLEST / 2, _LARGEST)
    bins = np.where(sizes < SMALLEST, 0, np.floor(np.log(sizes / SMALLEST) / np.log(WIDTH) + 1e-9) + 1)
    signed = (np.sign(values) * bins).astype(np.int64)
    if not len(signed):
        return Counter()
    lowest = int(signed.min())
    counts = np.bincount(signed - lowest)
    found = np.flatnonzero(counts)
    return Counter(dict(zip((found + lowest).tolist(), counts[found].tolist(), strict=True)))


def value_of(place: int) -> float:
    """The middle of a bin."""
    size = SMALLEST * WIDTH ** (abs(place) - 0.5)
    return 0.0 if place == 0 else float(np.sign(place) * size)


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The value below which `share` of the numbers lie, within 2.5 %; None where there is no number."""
    wanted, seen = share * sum(counts.values()), 0
    for place in sorted(counts):
        seen += counts[place]
        if seen >= wanted:
            return value_of(place)
    return None
