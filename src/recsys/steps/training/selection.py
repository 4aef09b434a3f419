"""Choosing on inner folds: every recipe is fitted there, and what comes out chooses, tunes and calibrates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.evaluation.calibration import Calibration, fit_calibration
from recsys.evaluation.measuring import ndcg_of
from recsys.evaluation.ranks import mask_scores
from recsys.models.recipe import Recipe
from recsys.steps.training.fitting import PROTOCOLS, Protocol, fit_on_fold, score_tested
from recsys.steps.training.folds import FoldData
from recsys.types import Progress


@dataclass
class InnerTrials:
    """What the inner folds, those in which somebody can be tested, saw of every recipe.

    `scores`: by protocol and recipe, of the tested customers of each fold, (n_tested, n_products) float32. A recipe
    that could not be fitted or scored is only in `unfitted`, with the reason.
    """

    folds: Sequence[FoldData]
    scores: dict[Protocol, dict[str, list[NDArray[np.float32]]]] = field(
        default_factory=lambda: {protocol: {} for protocol in PROTOCOLS}
    )
    unfitted: dict[str, str] = field(default_factory=dict)

    def mean_ndcg(self) -> dict[str, float]:
        """Mean NDCG@5 over the tested customers of all inner folds, by recipe; empty without a test."""
        if not self.folds:
            return {}
        n_tested = [len(data.rows) for data in self.folds]
        return {name: float(np.average(of_folds, weights=n_tested)) for name, of_folds in self.ndcg_by_fold().items()}

    def ndcg_by_fold(self) -> dict[str, list[float]]:
        """NDCG@5 on each inner fold, by recipe, with what is owned shown."""
        return {
            name: [_ndcg(data, one) for data, one in zip(self.folds, scores, strict=True)]
            for name, scores in self.scores["warm"].items()
        }

    def calibrations(self) -> dict[str, Calibration]:
        """What makes probabilities of the scores, by recipe; empty without a test."""
        trials = [data.trial.take(data.rows) for data in self.folds]
        if not trials:
            return {}
        return {
            name: fit_calibration(list(zip(scores, trials, strict=True)))
            for name, scores in self.scores["warm"].items()
        }


def try_on_inner_folds(folds: Sequence[FoldData], recipes: Mapping[str, Recipe], progress: Progress) -> InnerTrials:
    """Fit every recipe on every inner fold in which somebody can be tested."""
    trials = InnerTrials([data for data in folds if len(data.rows)])
    for place, (name, recipe) in enumerate(recipes.items()):
        progress(place, len(recipes), "recipes on inner folds")
        try:
            by_protocol = _scores(recipe, trials.folds)
        except ModelError as error:
            trials.unfitted[name] = error.message
            continue
        for protocol, scores in by_protocol.items():
            trials.scores[protocol][name] = scores
    return trials


def _scores(recipe: Recipe, folds: Sequence[FoldData]) -> dict[Protocol, list[NDArray[np.float32]]]:
    """Of the tested customers of each fold. Raises `ModelError` where it has no fit, or scores that have no rank."""
    models = [fit_on_fold(recipe, data).model for data in folds]
    by_protocol = {
        protocol: [score_tested(model, data, protocol) for model, data in zip(models, folds, strict=True)]
        for protocol in PROTOCOLS
    }
    for scores in by_protocol.values():
        for one, data in zip(scores, folds, strict=True):
            mask_scores(one, data.trial.candidates[data.rows])
    return by_protocol


def _ndcg(data: FoldData, scores: NDArray[np.float32]) -> float:
    return ndcg_of(scores, data.trial.candidates[data.rows], data.trial.relevant[data.rows])
