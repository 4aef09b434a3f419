"""Ranking metrics, for all customers at once.

Everywhere: `scores` (n_customers, n_products) floats; `candidates` bool of that shape: products that could be
recommended; `relevant` bool of that shape: candidates that the customer then opened. Every customer needs at least
one relevant product; `with_test` finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CustomerMetrics:
    """One value per customer (n,) for each metric, over the first k of his list."""

    precision: Floats
    recall: Floats
    f1: Floats
    map: Floats
    ndcg: Floats

    def means(self) -> dict[str, float]:
        """Mean over customers by the name of the metric; 0 where there are no customers."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: float(of_customers.mean()) if len(of_customers) else 0.0 for name, of_customers in values.items()}


def with_test(candidates: Bools, relevant: Bools) -> Bools:
    """Customers (n,) who can be tested: at least one relevant candidate."""
    has_test: Bools = np.any(candidates & relevant, axis=1)
    return has_test


def top_products(scores: NDArray[np.floating], candidates: Bools, k: int) -> NDArray[np.int64]:
    """The best k candidates of each customer, (n_customers, min(k, n_products)); -1 where there are fewer.

    Equal scores keep the order of the products, so that a ranking is the same on every machine.
    """
    masked = np.where(candidates, scores, -np.inf)
    order = np.argsort(-masked, axis=1, kind="stable")[:, :k]
    is_candidate = np.take_along_axis(candidates, order, axis=1)
    return np.where(is_candidate, order, -1)


def customer_metrics(top: NDArray[np.int64], relevant: Bools, k: int) -> CustomerMetrics:
    """Precision, recall, F1, average precision and NDCG at k of each list of `top_products` (n_customers, at least k).

    Precision divides by k also where there are fewer candidates. Average precision divides by min(k, number of
    relevant) (as in the KDD Cup), NDCG has binary gains and discount 1 / log2(rank + 1) (Järvelin, Kekäläinen 2002).
    """
    top = top[:, :k]
    hits = np.take_along_axis(relevant, np.maximum(top, 0), axis=1) & (top >= 0)
    n_relevant = relevant.sum(axis=1)
    n_hits = hits.sum(axis=1)
    precision = n_hits / k
    recall = n_hits / n_relevant
    f1 = 2 * n_hits / (k + n_relevant)
    return CustomerMetrics(precision, recall, f1, _average_precision(hits, n_relevant, k), _ndcg(hits, n_relevant, k))


def auc(scores: NDArray[np.floating], candidates: Bools, relevant: Bools) -> Floats:
    """Share of (relevant, other) pairs of candidates that are ranked right, ties half; NaN where there is no pair.

    From the sum of the ranks of the relevant ones (Mann-Whitney U).
    """
    ranks = rankdata(np.where(candidates, scores, -np.inf), axis=1)
    n_barred = (~candidates).sum(axis=1)
    is_relevant = relevant & candidates
    n_relevant = is_relevant.sum(axis=1)
    n_others = candidates.sum(axis=1) - n_relevant
    pairs_won = (ranks * is_relevant).sum(axis=1) - n_relevant * n_barred - n_relevant * (n_relevant + 1) / 2
    values: Floats = np.full(len(scores), np.nan)
    np.divide(pairs_won, n_relevant * n_others, out=values, where=n_relevant * n_others > 0)
    return values


def coverage(top: NDArray[np.int64], candidates: Bools) -> float:
    """Share of the products that are anybody's candidate which are in anybody's top list."""
    offered = np.flatnonzero(candidates.any(axis=0))
    return float(np.isin(offered, top[top >= 0]).mean()) if len(offered) else 0.0


def _average_precision(hits: Bools, n_relevant: NDArray[np.int64], k: int) -> Floats:
    precision_at = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    average: Floats = (precision_at * hits).sum(axis=1) / np.minimum(n_relevant, k)
    return average


def _ndcg(hits: Bools, n_relevant: NDArray[np.int64], k: int) -> Floats:
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], discounts.cumsum()])[np.minimum(n_relevant, k)]
    gained: Floats = hits @ discounts[: hits.shape[1]] / ideal
    return gained
