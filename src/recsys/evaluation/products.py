"""How a model treats each product: opened, offered, found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.shares import shares

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProductTally:
    """Counts per product (n_products,) int64, of tested customers: opened it, got it in their list, and both."""

    opened: Counts
    offered: Counts
    found: Counts

    def __add__(self, other: ProductTally) -> ProductTally:
        return ProductTally(self.opened + other.opened, self.offered + other.offered, self.found + other.found)

    @property
    def precision(self) -> Floats:
        """Share of the customers with the product in their list who opened it; NaN where nobody has it there."""
        return shares(self.found, self.offered)

    @property
    def recall(self) -> Floats:
        """Share of the customers who opened the product who had it in their list; NaN where nobody opened it."""
        return shares(self.found, self.opened)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of the two; NaN where the product was neither opened nor offered."""
        return shares(2 * self.found, self.offered + self.opened)


def tally_products(is_top: NDArray[np.bool_], relevant: NDArray[np.bool_]) -> ProductTally:
    """The tally of top lists as a mask against `relevant`, both (n_customers, n_products)."""
    return ProductTally(relevant.sum(axis=0), is_top.sum(axis=0), (is_top & relevant).sum(axis=0))
