"""Probabilities from scores: a softmax, its temperature and share of popularity fitted where nobody is judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.shares import shares

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log-odds of the next product: `scale` x score + `prior_weight` x `log_prior` (n_products,).

    `scale` is the inverse of the temperature of Guo et al. 2017, for scores of any size. `log_prior`, the logarithm of
    each product's share of openings, is empty where it has no weight.
    """

    scale: float = 1.0
    prior_weight: float = 0.0
    log_prior: tuple[float, ...] = ()

    @property
    def temperature(self) -> float:
        """What scores are divided by."""
        return 1 / self.scale

    def log_probabilities(self, masked: NDArray[np.floating]) -> Floats:
        """Logarithm of the probability that a customer's next product is this one, (n_customers, n_products).

        The softmax over the candidates of each customer; -inf for all else, as in the scores of `ranks.mask_scores`.
        """
        logits = masked.astype(np.float64)
        logits *= self.scale
        if self.log_prior:
            logits += self.prior_weight * np.asarray(self.log_prior)
        return log_softmax(logits)


UNCALIBRATED = Calibration()


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
