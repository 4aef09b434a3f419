"""A block of customers as a model sees it: arrays only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CustomerBlock:
    """`n` customers, encoded by one `CustomerEncoder`.

    `person_keys` (n,) 'S36': canonical uuid text. `codes` (n, n_attributes) int32: the one active feature of each
    attribute, as a number below `encoder.n_features`, -1 where nothing is known. `lean` (n, n_attributes) float32:
    where a number lies within its band, from -0.5 at the lower edge over 0 in the middle to 0.5 at the upper, so that a
    model with smooth bands gives |lean| of the weight to the neighbour on that side; 0 where there is no neighbour, and
    for what is no number. `held` (n, n_products) bool: products held, in the order of `encoder.product_ids`.
    """

    person_keys: NDArray[np.bytes_]
    codes: NDArray[np.int32]
    lean: NDArray[np.float32]
    held: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.person_keys)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_] | slice) -> CustomerBlock:
        """The customers at `rows` (numbers, a mask or a slice), in that order."""
        return CustomerBlock(self.person_keys[rows], self.codes[rows], self.lean[rows], self.held[rows])

    def followed_by(self, others: CustomerBlock) -> CustomerBlock:
        """These customers and then `others`, encoded by the same encoder."""
        return CustomerBlock(
            np.concatenate([self.person_keys, others.person_keys]),
            np.concatenate([self.codes, others.codes]),
            np.concatenate([self.lean, others.lean]),
            np.concatenate([self.held, others.held]),
        )
