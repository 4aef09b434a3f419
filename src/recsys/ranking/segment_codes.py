"""Segments as running numbers, for whoever counts by segment block by block."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from recsys.ranking.customers import Coded


class SegmentCodes:
    """The segments that were seen so far, None for those of whom none is known, and how many persons each has."""

    def __init__(self) -> None:
        self._codes: dict[str | None, int] = {}
        self._persons: Counter[str | None] = Counter()

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def names(self) -> list[str | None]:
        """Segments in the order of their numbers."""
        return list(self._codes)

    @property
    def persons(self) -> dict[str | None, int]:
        """Persons counted, by segment."""
        return dict(self._persons)

    def add(self, segment: Coded) -> npt.NDArray[np.int64]:
        """The number int64 (n,) of each person's segment; blocks number them in their own order."""
        # The last entry is what code -1 picks.
        names: list[str | None] = [*segment.values, None]
        present = np.bincount(np.where(segment.is_known, segment.codes, len(names) - 1), minlength=len(names))
        for name, n_persons in zip(names, present.tolist(), strict=True):
            if n_persons:
                self._codes.setdefault(name, len(self._codes))
                self._persons[name] += n_persons
        lookup = np.array([self._codes.get(name, -1) for name in names], dtype=np.int64)
        return lookup[segment.codes]
