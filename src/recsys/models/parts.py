"""The account of a score: a base and what each thing that is known of a customer adds, which sum up to the score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.models.narrow import times


@dataclass(frozen=True, slots=True)
class Parts:
    """Scores of chosen products (n, k) as sums, exact up to rounding: `base` + the sum of `contributions`.

    `base` (n, k) float32: what the model says of the product where nothing speaks for or against it. `contributions`
    (n, k, n_things) float32: what each thing adds, in the order of `CustomerEncoder.thing_names`. A thing that is
    unknown or not held has an entry too: that it is not there may lower a score. Both are 0 at an empty place.
    """

    base: NDArray[np.float32]
    contributions: NDArray[np.float32]

    def __add__(self, other: Parts) -> Parts:
        """The account of the sum of two scores."""
        return Parts(self.base + other.base, self.contributions + other.contributions)

    def times(self, factor: float) -> Parts:
        """The account of `factor` times the score."""
        return Parts(np.float32(factor) * self.base, np.float32(factor) * self.contributions)


def base_alone(customers: CustomerBlock, products: NDArray[np.integer], base: NDArray[np.float32]) -> Parts:
    """The account of a score `base` (n, k) to which nothing that is known of the customers adds."""
    n_things = customers.codes.shape[1] + customers.held.shape[1]
    said = np.where(products < 0, np.float32(0), base)
    return Parts(said, np.zeros((*products.shape, n_things), np.float32))


@dataclass(frozen=True)
class CentredSums:
    """Scores that are sums of table rows, told against what is usual: for a customer, and for a product.

    `feature_scores` (n_features, n_products) and `held_scores` (n_products, n_products) are terms of a sum, so each is
    only meaningful against what would stand there instead. From every row the mean of its attribute's rows, weighted by
    `feature_shares` (n_features,) of customers, is taken (from a held product: `held_shares` (n_products,) of its row),
    and then the row's mean over products, because a term that lifts all products alike ranks none of them. What was
    taken is in the base. For sums these are the Shapley values of a customer against the average one (Lundberg, Lee
    2017, arXiv:1705.07874), but for the mean over products. `offsets` (n_attributes + 1,) as the encoder has them.
    """

    feature_scores: NDArray[np.float32]
    held_scores: NDArray[np.float32]
    feature_shares: NDArray[np.float32]
    held_shares: NDArray[np.float32]
    offsets: NDArray[np.int32]

    def parts(
        self,
        customers: CustomerBlock,
        products: NDArray[np.integer],
        neighbours: NDArray[np.int32] | None = None,
    ) -> Parts:
        """The account of the sums alone; an attribute that leans gives |lean| of its weight to its `neighbours`."""
        n_attributes, n_rows = customers.codes.shape[1], len(self._features)
        rows = np.where(customers.codes >= 0, customers.codes, np.arange(n_rows - n_attributes, n_rows))
        contributions = np.empty((*products.shape, n_attributes + len(self.held_shares)), np.float32)
        said, owned = contributions[..., :n_attributes], contributions[..., n_attributes:]
        lifts = self._feature_lifts[rows]
        self._look_up(rows, products, said)
        if neighbours is not None:
            weights = np.abs(customers.lean)
            beyond = np.empty_like(said)
            self._look_up(np.where(customers.codes >= 0, neighbours, rows), products, beyond)
            beyond -= said
            beyond *= weights[:, None, :]
            said += beyond
            lifts = lifts + weights * (self._feature_lifts[np.where(customers.codes >= 0, neighbours, rows)] - lifts)
        beyond_share = customers.held.astype(np.float32) - self.held_shares
        np.multiply(self._by_product_held[products], beyond_share[:, None, :], out=owned)
        of_customer = lifts.sum(axis=1) + times(beyond_share, self._held_lifts)
        base = self._usual[products] + of_customer[:, None]
        is_empty = products < 0
        contributions[is_empty], base[is_empty] = 0, 0
        return Parts(base, contributions)

    def _look_up(self, rows: NDArray[np.integer], products: NDArray[np.integer], said: NDArray[np.float32]) -> None:
        # One flat index is several times faster than two. An empty place, -1, is read somewhere and emptied later.
        places = products[:, :, None] * len(self._features) + rows[:, None, :]
        np.take(self._by_product.ravel(), places, out=said, mode="wrap")

    @cached_property
    def _averages(self) -> NDArray[np.float32]:
        """What an attribute of the average customer says, (n_attributes, n_products)."""
        averages = [
            self.feature_shares[start:end]
            @ self.feature_scores[start:end]
            / max(float(self.feature_shares[start:end].sum()), 1e-9)
            for start, end in pairwise(self.offsets)
        ]
        return np.array(averages, np.float32).reshape(len(averages), len(self.held_shares))

    @cached_property
    def _usual(self) -> NDArray[np.float32]:
        usual: NDArray[np.float32] = self._averages.sum(axis=0) + self.held_shares @ self.held_scores
        return usual

    @cached_property
    def _deviations(self) -> NDArray[np.float32]:
        """Features, and after them one row of each attribute for customers of whom it is not known, in that order."""
        of_features = self.feature_scores - np.repeat(self._averages, np.diff(self.offsets), axis=0)
        return np.vstack([of_features, -self._averages])

    @cached_property
    def _feature_lifts(self) -> NDArray[np.float32]:
        lifts: NDArray[np.float32] = self._deviations.mean(axis=1)
        return lifts

    @cached_property
    def _held_lifts(self) -> NDArray[np.float32]:
        lifts: NDArray[np.float32] = self.held_scores.mean(axis=1)
        return lifts

    @cached_property
    def _features(self) -> NDArray[np.float32]:
        return self._deviations - self._feature_lifts[:, None]

    @cached_property
    def _by_product(self) -> NDArray[np.float32]:
        return np.ascontiguousarray(self._features.T)

    @cached_property
    def _by_product_held(self) -> NDArray[np.float32]:
        return np.ascontiguousarray((self.held_scores - self._held_lifts[:, None]).T)
