"""A replay's dates: where they lie, what came of each, and all of them as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from recsys.errors import RunError
from recsys.evaluation.acceptance import Offer, PerCustomer
from recsys.evaluation.bootstrap import Interval, Resampling
from recsys.evaluation.splits import Fold


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
        model, popularity = (getattr(offer.scores, metric) for offer in (self.model, self.popularity))
        return Resampling(numbers, seed).difference(model, popularity)


def replayed_folds(first: date, last: date, every_days: int, known_until: date) -> tuple[Fold, ...]:
    """A day every so many days from `first` to `last`, each judged by the days until the next.

    Raises `RunError` where there is none, or where what came after the last is not known yet.

    >>> [str(fold.origin) for fold in replayed_folds(date(2024, 1, 1), date(2024, 2, 29), 30, date(2024, 3, 31))]
    ['2024-01-01', '2024-01-31']
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
