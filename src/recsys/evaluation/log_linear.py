"""Log-linear models of the next product: sums of scores with the weights that make what was opened most likely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.ranks import mask_scores
from recsys.evaluation.shares import shares
from recsys.evaluation.trial import Trial

# A handful of numbers are fitted: more cells (customers x products) than these make them no better.
_MOST_CELLS = 2_000_000

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choices:
    """Tested customers of a fold, `n` of them.

    `terms` (n_terms, n, n_products): what is added up, 0 for what is no candidate; `candidates` (n, n_products);
    `parts` (n, n_products): what part of the customer's next product each is.
    """

    terms: Floats
    candidates: Bools
    parts: Floats

    def __len__(self) -> int:
        return len(self.parts)


def choices_of(terms: Sequence[NDArray[np.floating]], trial: Trial, n_folds: int) -> Choices:
    """What the tested customers of `trial` chose; `terms` (n_customers, n_products) each, for all of its customers."""
    tested = trial.tested
    step = -(-tested.size * trial.n_products * n_folds // _MOST_CELLS)
    rows = tested[:: max(step, 1)]
    candidates = trial.candidates[rows]
    relevant = trial.relevant[rows] & candidates
    known = [np.where(candidates, mask_scores(term[rows], candidates), 0).astype(np.float64) for term in terms]
    parts = shares(relevant, relevant.sum(axis=1)[:, None])
    return Choices(np.stack(known), candidates, parts)


def spreads(choices: Sequence[Choices]) -> Floats:
    """Standard deviation of each term (n_terms,) within a customer: the size in which its weight is searched."""
    squares, n = np.zeros(len(choices[0].terms)), 0
    for of_fold in choices:
        n_candidates = of_fold.candidates.sum(axis=1, keepdims=True)
        means = of_fold.terms.sum(axis=2, keepdims=True) / n_candidates
        squares += (((of_fold.terms - means) * of_fold.candidates) ** 2).sum(axis=(1, 2))
        n += int(n_candidates.sum())
    deviations: Floats = np.sqrt(squares / max(n, 1))
    return deviations


def most_likely_weights(
    choices: Sequence[Choices], bounds: Sequence[tuple[float, float]], units: Floats
) -> tuple[Floats, float]:
    """Weights (n_terms,) in `units` (n_terms,) within their `bounds`, and the mean log loss that they leave.

    The conditional logit of McFadden 1974. Its loss is convex, so there is one minimum and the start does not matter.
    """
    from scipy.optimize import minimize

    start = [min(max(0.0, low), high) for low, high in bounds]
    found = minimize(_loss, start, (choices, units), "L-BFGS-B", jac=True, bounds=bounds, options={"ftol": 1e-12})
    return np.asarray(found.x, dtype=np.float64), float(found.fun)


def log_softmax(logits: Floats) -> Floats:
    """Along rows (n, n_products), in place; a row of -inf stays as it is."""
    highest = logits.max(axis=1, keepdims=True)
    logits -= np.where(np.isfinite(highest), highest, 0)
    totals = np.exp(logits).sum(axis=1, keepdims=True)
    logits -= np.log(np.where(totals > 0, totals, 1))
    return logits


def _loss(weights: Floats, choices: Sequence[Choices], units: Floats) -> tuple[float, Floats]:
    """Mean log loss and its gradient in the weights."""
    loss, gradient, n = 0.0, np.zeros(len(weights)), 0
    for of_fold in choices:
        sums = np.tensordot(weights / units, of_fold.terms, axes=1)
        log_probabilities = log_softmax(np.where(of_fold.candidates, sums, -np.inf))
        relevant = of_fold.parts > 0
        loss -= float(of_fold.parts[relevant] @ log_probabilities[relevant])
        errors = np.exp(log_probabilities) - of_fold.parts
        gradient += np.tensordot(of_fold.terms, errors, axes=2) / units
        n += len(of_fold)
    return loss / n, gradient / n
