"""What a fold asks of every candidate under one protocol."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.exposure import KnownProducts
from recsys.evaluation.slices import Slicing

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """The customers of a fold, (n_customers, n_products) bool each, the same for all candidates.

    `candidates`: products that could be recommended at the origin; `relevant`: products that the customer then opened
    (outside of `candidates` they count for nothing). All customers belong in, also those who opened nothing: ranking
    metrics leave them out, gains and exposure need them. `slicings` part these customers into groups; `products` is
    what was known of the products at the origin, without which novelty, diversity and popularity are not measured.
    `is_asked` (n_customers,): of whom an opening would have been seen, None for all. In a snapshot those are only the
    customers of whom a holding is hidden: the others took nothing because nothing was left for them to take.
    """

    candidates: Bools
    relevant: Bools
    slicings: tuple[Slicing, ...] = ()
    products: KnownProducts | None = None
    is_asked: Bools | None = None

    def __len__(self) -> int:
        return len(self.candidates)

    @property
    def n_products(self) -> int:
        """Number of products."""
        return int(self.candidates.shape[1])

    @property
    def tested(self) -> NDArray[np.int64]:
        """Rows of the customers who can be tested: at least one relevant candidate, ascending."""
        return np.flatnonzero(with_test(self.candidates, self.relevant))

    @property
    def asked(self) -> Bools:
        """`is_asked` of every customer (n_customers,)."""
        return np.ones(len(self), dtype=np.bool_) if self.is_asked is None else self.is_asked

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Trial:
        """The trial of the customers at `rows` (numbers or a mask), in that order."""
        return Trial(
            self.candidates[rows],
            self.relevant[rows],
            tuple(slicing.take(rows) for slicing in self.slicings),
            self.products,
            self.asked[rows],
        )


def with_test(candidates: Bools, relevant: Bools) -> Bools:
    """Customers (n,) who can be tested: at least one relevant candidate."""
    has_test: Bools = np.any(candidates & relevant, axis=1)
    return has_test
