"""What came out for one candidate on a fold; outcomes add up, so several folds are one outcome too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.exposure import Exposure
from recsys.evaluation.gains import Gains
from recsys.evaluation.products import ProductTally
from recsys.evaluation.reliability import Reliability
from recsys.evaluation.slices import SliceSums
from recsys.evaluation.totals import Totals

CUTOFFS = (1, 3, 5, 7, 10)
LIST_LENGTH = 5  # of the headline figures, of the gate, of exposure and of the counts per product
# Kept for every tested customer, for intervals, and summed up by slice.
HEADLINE = (
    "ndcg_at_5",
    "recall_at_5",
    "precision_at_5",
    "f1_at_5",
    "hit_rate_at_5",
    "map_at_7",
    "mrr",
    "auc",
    "log_loss",
)


@dataclass(frozen=True)
class FoldOutcome:
    """One candidate on one fold under one protocol, or several of those added up (`pooled`).

    `per_customer`: each metric of `HEADLINE` for every tested customer, float32 (n_tested,) in the order of the fold's
    rows, NaN where he has none (AUC without a pair); for intervals (`bootstrap`).
    `totals`: every metric at every k of `CUTOFFS`, summed over the tested customers.
    `tally`: openings, offers and finds by product, for its precision, recall and F1.
    `gains`: gains, lift and AUC by product, over all customers.
    `reliability`: probabilities of all candidates of tested customers against what came true; `first_reliability`: of
    the product that each was recommended first. Both are empty where nothing calibrated them, like the log loss.
    `exposure`: what the top lists of all customers show.
    `slices`: sums of the headline metrics by slice, by the name of the slicing.
    `curve`: NDCG@5 by epoch.
    """

    per_customer: Mapping[str, NDArray[np.float32]]
    totals: Totals
    tally: ProductTally
    gains: Gains
    reliability: Reliability
    first_reliability: Reliability
    exposure: Exposure
    slices: Mapping[str, SliceSums] = field(default_factory=dict)
    fit_seconds: float = 0.0
    score_seconds: float = 0.0
    curve: Mapping[int, float] = field(default_factory=dict)

    def __add__(self, other: FoldOutcome) -> FoldOutcome:
        return FoldOutcome(
            {name: np.concatenate([values, other.per_customer[name]]) for name, values in self.per_customer.items()},
            self.totals + other.totals,
            self.tally + other.tally,
            self.gains + other.gains,
            self.reliability + other.reliability,
            self.first_reliability + other.first_reliability,
            self.exposure + other.exposure,
            _added(self.slices, other.slices),
            self.fit_seconds + other.fit_seconds,
            self.score_seconds + other.score_seconds,
            other.curve or self.curve,
        )

    @property
    def n_tested(self) -> int:
        """Customers who could be tested."""
        return len(self.ndcg)

    @property
    def ndcg(self) -> NDArray[np.float32]:
        """NDCG@5 of each tested customer (n_tested,)."""
        return self.per_customer["ndcg_at_5"]

    @property
    def metrics(self) -> dict[str, float]:
        """Every figure that is one number, by name. What nobody was measured on is left out.

        Means over tested customers: `precision_at_K`, `recall_at_K`, `f1_at_K`, `hit_rate_at_K`, `map_at_K`,
        `ndcg_at_K`, `mrr_at_K` for each of `CUTOFFS`, `mrr`, `auc`, `log_loss`. Over all customers: `coverage_at_5`,
        `novelty_at_5`, `diversity_at_5`, `popularity_at_5`, `exposure_gini_at_5`, `lift_at_10_percent`, `product_auc`.
        Calibration error: `calibration_error` over all candidates, `calibration_error_of_first` over first places, and
        `calibration_error_of_first_by_chance`, what right probabilities would show there.
        """
        errors = {
            "calibration_error": self.reliability.error,
            "calibration_error_of_first": self.first_reliability.error,
            "calibration_error_of_first_by_chance": self.first_reliability.error_by_chance,
        }
        return {
            **self.totals.means(),
            **{name: error for name, error in errors.items() if np.isfinite(error)},
            **self.gains.metrics(),
            **self.exposure.metrics(LIST_LENGTH),
        }


def _added(some: Mapping[str, SliceSums], others: Mapping[str, SliceSums]) -> dict[str, SliceSums]:
    """By slicing; one that only some folds know is theirs alone."""
    shared = {name: some[name] + others[name] for name in some if name in others}
    return {**some, **others, **shared}


def pooled(outcomes: Sequence[FoldOutcome]) -> FoldOutcome:
    """One candidate on all its folds: every tested customer counts alike, seconds are added."""
    return reduce(add, outcomes)


def pooled_ndcg(outcomes: Sequence[FoldOutcome]) -> NDArray[np.float64]:
    """NDCG@5 of every tested customer of every fold, in the order of the folds."""
    return np.concatenate([outcome.ndcg for outcome in outcomes]).astype(np.float64)
