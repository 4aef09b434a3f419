"""How often each value of a category-like column occurs, and which values enough customers share to be named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

MOST_VALUES = 1_000
MIN_SHARED = 20
Holders = npt.NDArray[np.uint64]


class CategoryCounts:
    """Counts exactly, as long as there are at most `MOST_VALUES` values; with more it is no category.

    A value may be named once `MIN_SHARED` different customers have it: one customer's twenty bookings are no crowd.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        # Per value the customers that have it, as hashes, until they are enough: then None.
        self._holders: dict[str, set[int] | None] = {}

    @property
    def is_too_many(self) -> bool:
        """Whether this is no category: nothing more is to be counted."""
        return len(self.counts) > MOST_VALUES

    def add(self, values: pa.Array, holders: Callable[[], Holders] | None) -> None:
        """Count `values` (n,) texts. `holders` gives whose each is (n,); None: each row is somebody of its own."""
        encoded = values.dictionary_encode()
        names = encoded.dictionary.to_pylist()
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
        counted = np.bincount(codes[codes >= 0], minlength=len(names))
        self.counts.update(dict(zip(names, counted.tolist(), strict=True)))
        if holders is not None and not self.is_too_many:
            self._add_holders(names, codes, holders)
        elif holders is None:
            self._holders = {name: None for name, n in self.counts.items() if n >= MIN_SHARED}

    def shared(self) -> dict[str, int]:
        """The values that may be named."""
        return {name: n for name, n in sorted(self.counts.items()) if self._holders.get(name, set()) is None}

    def lengths(self) -> Counter[int]:
        """How many values have how many characters."""
        found: Counter[int] = Counter()
        for name, n in self.counts.items():
            found[len(name)] += n
        return found

    def _add_holders(self, names: list[str], codes: npt.NDArray[np.int32], holders: Callable[[], Holders]) -> None:
        is_open = np.array([self._holders.setdefault(name, set()) is not None for name in names] + [False])
        rows = np.flatnonzero(is_open[codes])
        if not len(rows):
            return
        whose, value = holders()[rows], codes[rows]
        order = np.lexsort((whose, value))
        whose, value = whose[order], value[order]
        is_first = np.ones(len(rows), dtype=bool)
        is_first[1:] = (whose[1:] != whose[:-1]) | (value[1:] != value[:-1])
        whose, value = whose[is_first], value[is_first]
        rank = np.arange(len(value)) - np.searchsorted(value, value)
        for code, holder in zip(value[rank < MIN_SHARED].tolist(), whose[rank < MIN_SHARED].tolist(), strict=True):
            found = self._holders[names[code]]
            if found is not None:
                found.add(holder)
                if len(found) >= MIN_SHARED:
                    self._holders[names[code]] = None
