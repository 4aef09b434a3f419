"""Beyond accuracy: which products are shown at all, how known, and how unlike one another they are within a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.shares import shares

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KnownProducts:
    """What was known of the products at an origin.

    `popularity` (n_products,): share of the customers who held each. `log_popularity` (n_products,): its logarithm,
    with one customer more who holds everything, so that it is finite. `distances` (n_products, n_products): 1 - Jaccard
    similarity of the labels of two products, 1 without any label.
    """

    popularity: Floats
    log_popularity: Floats
    distances: Floats

    @property
    def self_information(self) -> Floats:
        """How many bits of surprise it is to see that somebody holds the product, (n_products,)."""
        bits: Floats = -self.log_popularity / np.log(2)
        return bits


def known_products(held: Bools, labels: Sequence[Sequence[str]]) -> KnownProducts:
    """From who held what, (n_customers, n_products), and the labels of each product, such as `category:savings`."""
    n_customers, n_products = held.shape
    owners = held.sum(axis=0)
    sets = [frozenset(of_product) for of_product in labels]
    distances = np.ones((n_products, n_products))
    for one, other in combinations(range(n_products), 2):
        if union := sets[one] | sets[other]:
            distances[one, other] = distances[other, one] = 1 - len(sets[one] & sets[other]) / len(union)
    return KnownProducts(owners / max(n_customers, 1), np.log((owners + 1) / (n_customers + 1)), distances)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the top lists of all customers show; adds over blocks and folds.

    `offerable`, `offered` (n_products,) int64: customers who could be shown each product, and who are. `n_lists`:
    customers with anything to show; `novelty`, `popularity`: sums over their lists of the mean self-information and of
    the mean popularity of what is in it. `diversity`: sum over the `n_pairable` lists of two or more of the mean
    distance of two products in it (Ziegler et al. 2005). These are NaN where nothing is known of the products.
    """

    offerable: NDArray[np.int64]
    offered: NDArray[np.int64]
    n_lists: int = 0
    novelty: float = float("nan")
    popularity: float = float("nan")
    n_pairable: int = 0
    diversity: float = float("nan")

    def __add__(self, other: Exposure) -> Exposure:
        return Exposure(
            self.offerable + other.offerable,
            self.offered + other.offered,
            self.n_lists + other.n_lists,
            self.novelty + other.novelty,
            self.popularity + other.popularity,
            self.n_pairable + other.n_pairable,
            self.diversity + other.diversity,
        )

    @property
    def coverage(self) -> float:
        """Share of the products that are anybody's candidate which are in anybody's list."""
        return float((self.offered[self.offerable > 0] > 0).mean()) if self.offerable.any() else float("nan")

    @property
    def gini(self) -> float:
        """Gini coefficient of the exposure of these products: 0 where all are shown equally often.

        The mean absolute difference over twice the mean; with n products it is at most 1 - 1 / n.
        """
        shown = np.sort(self.offered[self.offerable > 0])
        total = shown.sum()
        if not total:
            return float("nan")
        weights = 2 * np.arange(1, len(shown) + 1) - len(shown) - 1
        return float(weights @ shown / (len(shown) * total))

    def metrics(self, k: int) -> dict[str, float]:
        """Figures by name, of lists of `k`; those that are not known are left out."""
        figures = {
            "coverage": self.coverage,
            "exposure_gini": self.gini,
            "novelty": self.novelty / self.n_lists if self.n_lists else float("nan"),
            "popularity": self.popularity / self.n_lists if self.n_lists else float("nan"),
            "diversity": self.diversity / self.n_pairable if self.n_pairable else float("nan"),
        }
        return {f"{name}_at_{k}": value for name, value in figures.items() if np.isfinite(value)}


def expose(is_top: Bools, candidates: Bools, products: KnownProducts | None) -> Exposure:
    """The exposure of top lists as a mask `is_top` (n_customers, n_products)."""
    offerable, offered = candidates.sum(axis=0), is_top.sum(axis=0)
    lengths = is_top.sum(axis=1)
    if products is None:
        return Exposure(offerable, offered, int((lengths > 0).sum()))
    means = is_top.astype(np.float64) @ np.column_stack([products.self_information, products.popularity])
    novelty, popularity = (means / np.maximum(lengths, 1)[:, None]).sum(axis=0)
    pairs = lengths * (lengths - 1) / 2
    distances = _summed_distances(is_top, lengths, products.distances)
    diversity = np.nansum(shares(distances, pairs))
    return Exposure(
        offerable,
        offered,
        int((lengths > 0).sum()),
        float(novelty),
        float(popularity),
        int((pairs > 0).sum()),
        float(diversity),
    )


def _summed_distances(is_top: Bools, lengths: NDArray[np.int64], distances: Floats) -> Floats:
    """Sum of the distances of all pairs in each list (n_customers,)."""
    rows, products = np.nonzero(is_top)
    places = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    # One more row and column, of no distance to anything, fills short lists.
    padded = np.pad(distances, (0, 1))
    lists = np.full((len(is_top), int(lengths.max(initial=0))), len(distances))
    lists[rows, places] = products
    sums = np.zeros(len(is_top))
    for one, other in combinations(lists.T, 2):
        sums += padded[one, other]
    return sums
