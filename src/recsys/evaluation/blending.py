"""How much each model of a blend is to be believed: from what customers of the inner folds opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.log_linear import Choices, Floats, choices_of, most_likely_weights, spreads
from recsys.evaluation.trial import Trial

# For terms with a standard deviation of 1; never negative: a member that misleads is left out, not turned around.
_WEIGHTS = (0.0, 1e3)

Folds = Sequence[tuple[Sequence[NDArray[np.floating]], Trial]]


@dataclass(frozen=True, slots=True)
class BlendWeights:
    """For each member (n_members,) the temperature that makes its scores chances, and the weight of those chances.

    `prior_weight` is the weight of the logarithm of popularity.
    """

    temperatures: Floats
    weights: Floats
    prior_weight: float

    def blend(self, terms: Sequence[NDArray[np.floating]]) -> Floats:
        """Blended scores (n, n_products) of the members' scores and, last, the log prior."""
        factors = [*(self.weights / self.temperatures), self.prior_weight]
        blended: Floats = np.sum([factor * term for factor, term in zip(factors, terms, strict=True)], axis=0)
        return blended


def fit_blend_weights(folds: Folds) -> BlendWeights | None:
    """Weights with the least log loss on folds that choose; None without a tested customer or anything to weigh.

    Each fold has the scores of the members and last the log prior, (n_customers, n_products) each, and its trial.
    """
    choices = [choices_of(terms, trial, len(folds)) for terms, trial in folds]
    if not sum(map(len, choices)):
        return None
    sizes = spreads(choices)
    if not sizes[:-1].any():
        return None
    units = np.where(sizes > 0, sizes, 1)
    bounds = [_WEIGHTS if size else (0.0, 0.0) for size in sizes]
    factors = most_likely_weights(choices, bounds, units)[0] / units
    scales = np.array([_alone(choices, place, bounds, units) for place in range(len(sizes) - 1)])
    temperatures = 1 / np.where(scales > 0, scales, 1)
    return BlendWeights(temperatures, factors[:-1] * temperatures, float(factors[-1]))


def cross_fitted(folds: Folds, persons: Sequence[NDArray[np.integer]]) -> list[Floats]:
    """Blended scores of each fold, every customer with the weights that the other half of the customers gave.

    The blend is compared with its members where its weights come from, and must not gain by that: `persons`
    (n_customers,) are the numbers of each fold's customers, and who is in several folds is in one half in all of them.
    """
    halves = [
        [(terms, _among(trial, numbers % 2 == half)) for (terms, trial), numbers in zip(folds, persons, strict=True)]
        for half in (0, 1)
    ]
    blended = [np.zeros(trial.candidates.shape) for _, trial in folds]
    for learned, told in (halves, halves[::-1]):
        weights = fit_blend_weights(learned)
        for scores, (terms, trial) in zip(blended, told, strict=True):
            scores[trial.tested] = 0 if weights is None else weights.blend([term[trial.tested] for term in terms])
    return blended


def _among(trial: Trial, is_in: NDArray[np.bool_]) -> Trial:
    """The trial with a test only for the customers who are in."""
    return replace(trial, relevant=trial.relevant & is_in[:, None])


def _alone(choices: Sequence[Choices], place: int, bounds: Sequence[tuple[float, float]], units: Floats) -> float:
    """The factor of one member without the others: the inverse of its temperature."""
    only = [bound if number == place else (0.0, 0.0) for number, bound in enumerate(bounds)]
    return float(most_likely_weights(choices, only, units)[0][place] / units[place])
