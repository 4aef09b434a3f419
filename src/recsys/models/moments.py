"""Moments: customers as they were known before an opening, so that what a product did to its owner is no reason for it.

The marts have features for some days only, so the moment of an opening is the latest of these days before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock


@dataclass(frozen=True, slots=True)
class Moments:
    """Attributes of customers at `feature_dates` (n_dates,) datetime64[D], ascending.

    `pairs` (n,) int64, ascending, are customer x n_dates + date: the row in a `CustomerBlock` and the place in
    `feature_dates`. `codes` and `lean` (n, n_attributes) are those of `CustomerBlock`. Of a pair that is not there
    nothing else is known than what the block says of the customer.
    """

    feature_dates: NDArray[np.datetime64]
    pairs: NDArray[np.int64]
    codes: NDArray[np.int32]
    lean: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.pairs)

    def shown(self, customers: CustomerBlock, rows: NDArray[np.int64], opened: NDArray[np.datetime64]) -> CustomerBlock:
        """The customers at `rows` (n,) of `customers` with their attributes at the moments of openings `opened` (n,).

        What they hold is that of `customers`.
        """
        shown = customers.take(rows)
        if len(self):
            pairs = rows * len(self.feature_dates) + dates_of_moments(self.feature_dates, opened)
            places = np.minimum(np.searchsorted(self.pairs, pairs), len(self) - 1)
            is_there = self.pairs[places] == pairs
            # Rows that are taken by number are copies.
            shown.codes[is_there], shown.lean[is_there] = self.codes[places[is_there]], self.lean[places[is_there]]
        return shown

    def without_attributes(self, columns: Sequence[int]) -> Moments:
        """The same moments with nothing known in the attributes at `columns`."""
        if not len(self):
            return self
        codes, lean = self.codes.copy(), self.lean.copy()
        codes[:, columns], lean[:, columns] = -1, 0
        return replace(self, codes=codes, lean=lean)


# Where there is but one state of every customer, as in a snapshot.
NO_MOMENTS = Moments(
    np.empty(0, "datetime64[D]"), np.empty(0, np.int64), np.empty((0, 0), np.int32), np.empty((0, 0), np.float32)
)


def dates_of_moments(feature_dates: NDArray[np.datetime64], opened: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """The place in `feature_dates`, of which there must be some, of the moment of each opening `opened` (n,).

    That is the latest date before the opening, as a fold tests what was opened after its origin. An opening that is
    older than all of them has the first date, the nearest there is.

    >>> dates = np.array(["2024-01-31", "2024-03-31"], "datetime64[D]")
    >>> dates_of_moments(dates, np.array(["2023-05-01", "2024-03-31", "2024-04-01"], "datetime64[D]")).tolist()
    [0, 0, 1]
    """
    before: NDArray[np.int64] = np.searchsorted(feature_dates, opened, side="left") - 1
    return np.maximum(before, 0)
