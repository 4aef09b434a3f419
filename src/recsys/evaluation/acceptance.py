"""What a publication was worth by what customers did next: the figures of one replayed day, and of all of them.

Nobody saw the replayed lists, so this is no measurement of their effect: it says how much of what customers took by
themselves stood in the list that they would have been given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from recsys.errors import RunError
from recsys.evaluation.bootstrap import Interval, paired_difference
from recsys.evaluation.metrics import metrics_at
from recsys.evaluation.ranks import RelevantRanks
from recsys.evaluation.splits import Fold

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


@dataclass(frozen=True)
class Replayed:
    """One replayed day, or all of them: the model's publication next to popularity's, published in the same way.

    `n_permitted` of the openings could have been in a list at all; `n_by_newcomers` further ones are of persons who
    became customers afterwards.
    """

    fold: Fold
    n_persons: int
    n_permitted: int
    n_by_newcomers: int
    model: Offer
    popularity: Offer

    @property
    def n_customers(self) -> int:
        """Customers who took something; over several days, once for each."""
        return len(self.model.scores.customers)

    @property
    def n_openings(self) -> int:
        """What they took."""
        return sum(self.model.n_opened.values())

    def gain(self, metric: str, seed: int) -> Interval | None:
        """The model's `hit`, `precision` or `ndcg` above popularity's, customers resampled.

        None where nobody took anything.
        """
        if not self.n_customers:
            return None
        numbers = np.unique(self.model.scores.customers, return_inverse=True)[1]
        return paired_difference(
            getattr(self.model.scores, metric), getattr(self.popularity.scores, metric), numbers, seed
        )


def replayed_folds(first: date, last: date, every_days: int, known_until: date) -> tuple[Fold, ...]:
    """A day every so many days from `first` to `last`, each judged by the days until the next.

    Raises `RunError` where there is none, or where what came after the last is not known yet.

    >>> replayed_folds(date(2024, 1, 1), date(2024, 2, 29), 30, date(2024, 3, 31))[-1]
    Fold(origin=datetime.date(2024, 1, 31), end=datetime.date(2024, 3, 1))
    """
    step = timedelta(days=every_days)
    if first > last:
        raise RunError(f"There is no day from {first} to {last}.", remedy="Let --from be the earlier day.")
    days = [first + step * number for number in range((last - first) // step + 1)]
    if days[-1] + step > known_until:
        raise RunError(
            f"What customers did in the {every_days} days after {days[-1]} is not known: the data ends {known_until}.",
            remedy=f"Let --to be {known_until - step} or earlier, or --every smaller.",
        )
    return tuple(Fold(day, day + step) for day in days)


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


def pooled(days: Sequence[Replayed]) -> Replayed:
    """All days as one: counts added up, every customer of every day one observation."""
    return Replayed(
        Fold(days[0].fold.origin, days[-1].fold.end),
        sum(day.n_persons for day in days),
        sum(day.n_permitted for day in days),
        sum(day.n_by_newcomers for day in days),
        _pooled_offer([day.model for day in days]),
        _pooled_offer([day.popularity for day in days]),
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


def _pooled_offer(offers: Sequence[Offer]) -> Offer:
    names = ("customers", "hit", "precision", "ndcg")
    scores = PerCustomer(*(np.concatenate([getattr(one.scores, name) for one in offers]) for name in names))
    return Offer(
        offers[-1].model,
        n_rows=sum(one.n_rows for one in offers),
        on_sale=frozenset().union(*(one.on_sale for one in offers)),
        n_offered=_added([one.n_offered for one in offers]),
        n_opened=_added([one.n_opened for one in offers]),
        n_found=_added([one.n_found for one in offers]),
        scores=scores,
    )


def _added(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    ids = sorted({product_id for one in counts for product_id in one})
    return {product_id: sum(one.get(product_id, 0) for one in counts) for product_id in ids}


def _counts(products: NDArray[np.str_]) -> dict[str, int]:
    ids, counts = np.unique(products, return_counts=True)
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
