"""Ranking metrics per customer, from where the relevant products stand (`RelevantRanks`), for all customers at once.

A customer without any relevant product has no value of these: NaN, and whoever averages leaves him out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.ranks import RelevantRanks
from recsys.evaluation.shares import shares

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CustomerMetrics:
    """One value per customer (n,) for each metric, over the first k of his list."""

    precision: Floats
    recall: Floats
    f1: Floats
    hit_rate: Floats
    map: Floats
    ndcg: Floats
    mrr: Floats

    def by_name(self, k: int) -> dict[str, Floats]:
        """The values as `ndcg_at_5` and so on."""
        return {f"{field.name}_at_{k}": getattr(self, field.name) for field in fields(self)}


def metrics_at(ranks: RelevantRanks, k: int) -> CustomerMetrics:
    """Metrics of the first k places of each customer.

    Precision divides by k also where there are fewer candidates, recall by the number of relevant products; F1 is the
    harmonic mean of the two. Hit rate is 1 with a relevant product in the list. Average precision divides by
    min(k, number of relevant) (as in the KDD Cup), NDCG has binary gains and the discount 1 / log2(rank + 1) (Järvelin,
    Kekäläinen 2002). Reciprocal rank is that of the first relevant product, 0 where it stands below k.
    """
    n_relevant = np.where(ranks.n_relevant > 0, ranks.n_relevant, np.nan)
    is_hit = ranks.rank <= k
    hits, rank = ranks.customer[is_hit], ranks.rank[is_hit]

    def summed(weights: NDArray[np.floating] | None = None) -> Floats:
        return np.bincount(hits, weights, len(n_relevant)).astype(np.float64)

    is_tested = np.where(ranks.n_relevant > 0, 1.0, np.nan)
    n_hits = summed()
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[np.nan], discounts.cumsum()])[np.minimum(ranks.n_relevant, k)]
    return CustomerMetrics(
        precision=n_hits / k * is_tested,
        recall=n_hits / n_relevant,
        f1=2 * n_hits / (k + n_relevant),
        hit_rate=np.minimum(n_hits, 1) * is_tested,
        map=summed(ranks.ordinal[is_hit] / rank) / np.minimum(n_relevant, k),
        ndcg=summed(discounts[rank - 1]) / ideal,
        mrr=_reciprocal(ranks, is_hit) * is_tested,
    )


def reciprocal_rank(ranks: RelevantRanks) -> Floats:
    """1 / rank of each customer's first relevant product, wherever it stands."""
    values = _reciprocal(ranks, np.ones(len(ranks.rank), dtype=np.bool_))
    return np.where(ranks.n_relevant > 0, values, np.nan)


def auc(ranks: RelevantRanks) -> Floats:
    """Share of (relevant, other) pairs of candidates that are ranked right, ties half; NaN where there is no pair.

    The Mann-Whitney U statistic over the number of pairs.
    """
    n_relevant = ranks.n_relevant
    below = ranks.n_candidates[ranks.customer] - 1 - ranks.n_above - ranks.n_tied
    beaten = np.bincount(ranks.customer, below + ranks.n_tied / 2, len(n_relevant))
    # Of two relevant products one is above the other, or they are tied: one pair each, which is none of these.
    won = beaten - n_relevant * (n_relevant - 1) / 2
    n_pairs = n_relevant * (ranks.n_candidates - n_relevant)
    return shares(won, n_pairs)


def _reciprocal(ranks: RelevantRanks, is_hit: NDArray[np.bool_]) -> Floats:
    is_first = is_hit & (ranks.ordinal == 1)
    values = np.zeros(len(ranks.n_relevant))
    values[ranks.customer[is_first]] = 1 / ranks.rank[is_first]
    return values
