"""Probabilities from scores: a softmax, its temperature and share of popularity fitted where nobody is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.ranks import mask_scores
from recsys.evaluation.shares import shares
from recsys.evaluation.trial import Trial

# Two numbers are fitted: more cells (customers x products) than these make them no better.
_MOST_CELLS = 1_000_000
# Of the temperature, for scores with a standard deviation of 1: from a coin to a certainty.
_SCALES = (1e-3, 1e3)
_PRIOR_WEIGHTS = (-2.0, 4.0)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Folds = Sequence[tuple[NDArray[np.floating], Trial]]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logits of a customer's next product: `scale` x score + `prior_weight` x logarithm of the popularity.

    `scale` is the inverse of the temperature of Guo et al. 2017, for scores of any size. The popularity is that of the
    origin at which the probabilities are wanted, so both numbers serve every fold.
    """

    scale: float = 1.0
    prior_weight: float = 0.0

    @property
    def temperature(self) -> float:
        """What scores are divided by."""
        return 1 / self.scale

    def log_probabilities(self, masked: NDArray[np.floating], log_popularity: Floats | None = None) -> Floats:
        """Logarithm of the probability that a customer's next product is this one, (n_customers, n_products).

        The softmax over the candidates of each customer; -inf for all else, as in the scores of `ranks.mask_scores`.
        Raises `ValueError` without `log_popularity` (n_products,) where it has a weight.
        """
        logits = masked.astype(np.float64)
        logits *= self.scale
        if self.prior_weight:
            if log_popularity is None:
                raise ValueError("this calibration was fitted with the popularity of the products, which is not given")
            logits += self.prior_weight * log_popularity
        return log_softmax(logits)


UNCALIBRATED = Calibration()


def fit_calibration(folds: Folds) -> Calibration:
    """The calibration with the least log loss on folds that choose; `folds` are scores and the trial of each.

    The loss is the mean over tested customers of `log_loss`. Popularity gets a weight only where all trials know their
    products and the weight lowers the summed loss by more than half the logarithm of the number of customers, what a
    parameter has to earn (Schwarz 1978). Without any tested customer scores stay as they are.
    """
    samples = [_sample(scores, trial, len(folds)) for scores, trial in folds]
    spread = _spread(samples)
    n_tested = sum(len(sample.scores) for sample in samples)
    if not n_tested or not spread:
        return UNCALIBRATED
    plain, loss = _minimise(samples, spread, has_prior=False)
    if all(trial.products is not None for _, trial in folds):
        with_prior, lower = _minimise(samples, spread, has_prior=True)
        if (loss - lower) * n_tested > np.log(n_tested) / 2:
            return with_prior
    return plain


def log_softmax(logits: Floats) -> Floats:
    """Along rows (n, n_products), in place; a row of -inf stays as it is."""
    highest = logits.max(axis=1, keepdims=True)
    logits -= np.where(np.isfinite(highest), highest, 0)
    totals = np.exp(logits).sum(axis=1, keepdims=True)
    logits -= np.log(np.where(totals > 0, totals, 1))
    return logits


def log_loss(log_probabilities: Floats, relevant: Bools) -> Floats:
    """-log of the probability of what was opened, per customer (n,); NaN where that is nothing.

    With several relevant products it is their mean, as if each were the next one with an equal chance.
    """
    customer, product = np.nonzero(relevant)
    n_relevant = np.bincount(customer, minlength=len(relevant))
    sums = np.bincount(customer, -log_probabilities[customer, product], len(relevant))
    return shares(sums, n_relevant)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Tested customers of a fold: scores of candidates and 0 elsewhere, and what part of the next product each is."""

    scores: Floats
    candidates: Bools
    parts: Floats
    log_popularity: Floats


def _sample(scores: NDArray[np.floating], trial: Trial, n_folds: int) -> _Sample:
    tested = trial.tested
    step = -(-tested.size * trial.n_products * n_folds // _MOST_CELLS)
    rows = tested[:: max(step, 1)]
    candidates = trial.candidates[rows]
    relevant = trial.relevant[rows] & candidates
    known = np.where(candidates, mask_scores(scores[rows], candidates), 0).astype(np.float64)
    parts = shares(relevant, relevant.sum(axis=1)[:, None])
    popularity = np.zeros(trial.n_products) if trial.products is None else trial.products.log_popularity
    return _Sample(known, candidates, parts, popularity)


def _spread(samples: Sequence[_Sample]) -> float:
    """Standard deviation of scores within a customer: the size in which their scale is searched."""
    squares, n = 0.0, 0
    for sample in samples:
        n_candidates = sample.candidates.sum(axis=1, keepdims=True)
        distances = (sample.scores - sample.scores.sum(axis=1, keepdims=True) / n_candidates) * sample.candidates
        squares, n = squares + float((distances**2).sum()), n + int(n_candidates.sum())
    return float(np.sqrt(squares / n)) if n else 0.0


def _minimise(samples: Sequence[_Sample], spread: float, *, has_prior: bool) -> tuple[Calibration, float]:
    from scipy.optimize import minimize

    # The loss is convex in both, so there is one minimum and the start does not matter.
    bounds = [_SCALES, _PRIOR_WEIGHTS if has_prior else (0.0, 0.0)]
    found = minimize(_loss, [1.0, 0.0], (samples, spread), "L-BFGS-B", jac=True, bounds=bounds, options={"ftol": 1e-12})
    scale, weight = (float(value) for value in found.x)
    return Calibration(scale / spread, weight), float(found.fun)


def _loss(parameters: Floats, samples: Sequence[_Sample], spread: float) -> tuple[float, Floats]:
    """Mean log loss and its gradient in the scale (of scores with a spread of 1) and the weight of popularity."""
    loss, gradient, n = 0.0, np.zeros(2), 0
    for sample in samples:
        scale, weight = parameters[0] / spread, parameters[1]
        logits = np.where(sample.candidates, scale * sample.scores + weight * sample.log_popularity, -np.inf)
        log_probabilities = log_softmax(logits)
        relevant = sample.parts > 0
        loss -= float(sample.parts[relevant] @ log_probabilities[relevant])
        errors = np.exp(log_probabilities) - sample.parts
        gradient += np.sum(errors * sample.scores) / spread, errors.sum(axis=0) @ sample.log_popularity
        n += len(sample.scores)
    return loss / n, gradient / n
