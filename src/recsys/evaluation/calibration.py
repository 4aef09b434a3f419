"""Probabilities from scores: a softmax, its temperature and share of popularity fitted where nobody is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.log_linear import choices_of, log_softmax, most_likely_weights, spreads
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
    has_popularity = all(trial.products is not None for _, trial in folds)
    choices = [choices_of([scores, _popularity(trial)], trial, len(folds)) for scores, trial in folds]
    n_tested = sum(map(len, choices))
    if not n_tested or not (spread := float(spreads(choices)[0])):
        return UNCALIBRATED
    units = np.array([spread, 1.0])
    plain, loss = most_likely_weights(choices, [_SCALES, (0.0, 0.0)], units)
    if has_popularity:
        with_prior, lower = most_likely_weights(choices, [_SCALES, _PRIOR_WEIGHTS], units)
        if (loss - lower) * n_tested > np.log(n_tested) / 2:
            plain = with_prior
    return Calibration(float(plain[0]) / spread, float(plain[1]))


def log_loss(log_probabilities: Floats, relevant: Bools) -> Floats:
    """-log of the probability of what was opened, per customer (n,); NaN where that is nothing.

    With several relevant products it is their mean, as if each were the next one with an equal chance.
    """
    customer, product = np.nonzero(relevant)
    n_relevant = np.bincount(customer, minlength=len(relevant))
    sums = np.bincount(customer, -log_probabilities[customer, product], len(relevant))
    return shares(sums, n_relevant)


def _popularity(trial: Trial) -> Floats:
    known = np.zeros(trial.n_products) if trial.products is None else trial.products.log_popularity
    return np.broadcast_to(known, trial.candidates.shape)
