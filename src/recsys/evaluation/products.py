"""How a model treats each product: opened, offered, found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ProductTally:
    """Counts per product (n_products,) int64: customers who opened it in the test, got it in their list, and both."""

    opened: NDArray[np.int64]
    offered: NDArray[np.int64]
    found: NDArray[np.int64]

    def __add__(self, other: ProductTally) -> ProductTally:
        return ProductTally(self.opened + other.opened, self.offered + other.offered, self.found + other.found)


def tally_products(top: NDArray[np.int64], relevant: NDArray[np.bool_]) -> ProductTally:
    """The tally of lists `top` (n_customers, k; -1 where shorter) against `relevant` (n_customers, n_products)."""
    offered = np.zeros(relevant.shape, dtype=np.bool_)
    rows, places = np.nonzero(top >= 0)
    offered[rows, top[rows, places]] = True
    return ProductTally(relevant.sum(axis=0), offered.sum(axis=0), (offered & relevant).sum(axis=0))
