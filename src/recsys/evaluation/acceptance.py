"""What a publication was worth by what customers did next.

Nobody saw the replayed lists, so this is no measurement of their effect: it says how much of what customers took by
themselves stood in the list that they would have been given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.metrics import metrics_at
from recsys.evaluation.ranks import RelevantRanks

NDCG_LENGTH = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Taken:
    """What known customers newly took within the days after a publication, one entry (m,) per customer and product.

    `customers` 'S36' ascending; `products` their ids; `rank` int64 in the customer's list, 0 where it was not in it;
    `is_permitted` bool: no rule took the product out for this customer, and it was on sale.
    """

    customers: NDArray[np.bytes_]
    products: NDArray[np.str_]
    rank: NDArray[np.int64]
    is_permitted: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.customers)


@dataclass(frozen=True, slots=True)
class PerCustomer:
    """One value per customer and day (n,) of those who took something: `customers` 'S36', and three metrics."""

    customers: NDArray[np.bytes_]
    hit: Floats
    precision: Floats
    ndcg: Floats


@dataclass(frozen=True)
class Offer:
    """One publication and what came of it.

    `n_offered`, `n_opened`, `n_found`: per product id, rows of the publication, openings, and openings that were in the
    list. `on_sale` are the products that could have been offered to somebody.
    """

    model: str
    n_rows: int
    on_sale: frozenset[str]
    n_offered: Mapping[str, int]
    n_opened: Mapping[str, int]
    n_found: Mapping[str, int]
    scores: PerCustomer

    @property
    def found_share(self) -> float:
        """Share of the openings that were in the list."""
        return _share(sum(self.n_found.values()), sum(self.n_opened.values()))

    @property
    def acceptance(self) -> float:
        """Share of the published rows whose product was taken."""
        return _share(sum(self.n_found.values()), self.n_rows)

    @property
    def coverage(self) -> float:
        """Share of the products on sale that stood in anybody's list."""
        return _share(sum(n > 0 for n in self.n_offered.values()), len(self.on_sale))

    def means(self) -> dict[str, float]:
        """All figures by name; means over customers who took something, 0 where nobody did."""
        scores = {name: getattr(self.scores, name) for name in ("hit", "precision", "ndcg")}
        return {
            "found_share": self.found_share,
            "hit_rate": _mean(scores["hit"]),
            "precision": _mean(scores["precision"]),
            "ndcg": _mean(scores["ndcg"]),
            "coverage": self.coverage,
            "acceptance": self.acceptance,
        }


def offer_of(model: str, taken: Taken, n_offered: Mapping[str, int], on_sale: frozenset[str], top_n: int) -> Offer:
    """The figures of one publication, whose lists have up to `top_n` products."""
    is_found = taken.rank > 0
    return Offer(
        model,
        sum(n_offered.values()),
        on_sale,
        n_offered,
        _counts(taken.products),
        _counts(taken.products[is_found]),
        _scores(taken, top_n),
    )


def _scores(taken: Taken, top_n: int) -> PerCustomer:
    """Precision of a whole list and NDCG of its beginning; ideal is all that was taken, in front."""
    customers, customer, n_taken = np.unique(taken.customers, return_inverse=True, return_counts=True)
    rank = np.where(taken.rank > 0, taken.rank, max(top_n, NDCG_LENGTH) + 1)
    order = np.lexsort((rank, customer))
    ordinal = np.arange(1, len(taken) + 1) - np.repeat(np.cumsum(n_taken) - n_taken, n_taken)
    # What else stood in the lists is of no matter to these metrics.
    others, of_customers = np.zeros(len(taken), np.int64), np.zeros(len(customers), np.int64)
    ranks = RelevantRanks(customer[order], rank[order], ordinal, others, others, n_taken, of_customers)
    whole = metrics_at(ranks, top_n)
    return PerCustomer(customers, whole.hit_rate, whole.precision, metrics_at(ranks, NDCG_LENGTH).ndcg)


def _counts(products: NDArray[np.str_]) -> dict[str, int]:
    ids, counts = np.unique(products, return_counts=True)
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
