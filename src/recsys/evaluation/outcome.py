"""What came out for one candidate, over all folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.metrics import auc, coverage, customer_metrics, top_products
from recsys.evaluation.products import ProductTally, tally_products

CUTOFFS = (1, 3, 5, 10)
LIST_LENGTH = 5  # of the headline figures, of the gate and of the per-product counts


@dataclass(frozen=True)
class FoldOutcome:
    """One candidate on one fold. `ndcg` (n,) is NDCG@5 of each tested customer, `metrics` are means over them."""

    ndcg: NDArray[np.float64]
    metrics: Mapping[str, float]
    tally: ProductTally
    fit_seconds: float = 0.0
    score_seconds: float = 0.0
    curve: Mapping[int, float] = field(default_factory=dict)


def measure(
    scores: NDArray[np.floating],
    candidates: NDArray[np.bool_],
    relevant: NDArray[np.bool_],
    *,
    fit_seconds: float = 0.0,
    score_seconds: float = 0.0,
    curve: Mapping[int, float] | None = None,
) -> FoldOutcome:
    """All figures of one candidate on one fold; see `metrics` for the arrays (n_customers, n_products)."""
    top = top_products(scores, candidates, max(CUTOFFS))
    headline = top[:, :LIST_LENGTH]
    means = {
        f"{name}_at_{k}": value for k in CUTOFFS for name, value in customer_metrics(top, relevant, k).means().items()
    }
    aucs = auc(scores, candidates, relevant)
    means["auc"] = float(np.nanmean(aucs)) if np.isfinite(aucs).any() else 0.5
    means[f"coverage_at_{LIST_LENGTH}"] = coverage(headline, candidates)
    ndcg = customer_metrics(top, relevant, LIST_LENGTH).ndcg
    return FoldOutcome(ndcg, means, tally_products(headline, relevant), fit_seconds, score_seconds, curve or {})


def ndcg_of(scores: NDArray[np.floating], candidates: NDArray[np.bool_], relevant: NDArray[np.bool_]) -> float:
    """Mean NDCG@5 alone, for a learning curve."""
    return customer_metrics(top_products(scores, candidates, LIST_LENGTH), relevant, LIST_LENGTH).means()["ndcg"]


def pooled_metrics(outcomes: Sequence[FoldOutcome]) -> dict[str, float]:
    """Means over all tested customers of all folds, and the seconds that it took."""
    weights = np.array([len(outcome.ndcg) for outcome in outcomes], dtype=np.float64)
    shares = weights / weights.sum()
    names = outcomes[0].metrics
    means = {name: float(shares @ [outcome.metrics[name] for outcome in outcomes]) for name in names}
    return means | {
        "fit_seconds": sum(outcome.fit_seconds for outcome in outcomes),
        "score_seconds": sum(outcome.score_seconds for outcome in outcomes),
    }


def pooled_tally(outcomes: Sequence[FoldOutcome]) -> ProductTally:
    """Counts per product over all folds."""
    return reduce(add, (outcome.tally for outcome in outcomes))


def pooled_ndcg(outcomes: Sequence[FoldOutcome]) -> NDArray[np.float64]:
    """NDCG@5 of every tested customer of every fold, in the order of the folds."""
    return np.concatenate([outcome.ndcg for outcome in outcomes])
