"""All figures of one candidate on one fold, in blocks of customers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.calibration import UNCALIBRATED, Calibration, log_loss
from recsys.evaluation.exposure import Exposure, expose
from recsys.evaluation.gains import measure_gains
from recsys.evaluation.metrics import auc, metrics_at, reciprocal_rank
from recsys.evaluation.outcome import CUTOFFS, HEADLINE, LIST_LENGTH, FoldOutcome
from recsys.evaluation.products import ProductTally, tally_products
from recsys.evaluation.ranks import mask_scores, rank_relevant, top_mask
from recsys.evaluation.reliability import Reliability, bin_reliability, no_reliability
from recsys.evaluation.slices import sum_slices
from recsys.evaluation.totals import Totals, total
from recsys.evaluation.trial import Trial, with_test

Floats = NDArray[np.float64]
Scores = NDArray[np.floating]

# A block whose float64 copy stays in a core's own cache.
_CELLS = 100_000


class _Ranking(NamedTuple):
    """Customers who can be tested, (n_tested, n_products)."""

    masked: Scores
    candidates: NDArray[np.bool_]
    relevant: NDArray[np.bool_]
    log_probabilities: Floats | None  # None where nothing calibrates them


@dataclass(frozen=True)
class _Block:
    """What can be told of a block of customers without the others."""

    totals: Totals
    headline: Mapping[str, Floats]  # of the tested ones
    tally: ProductTally
    reliability: Reliability
    first_reliability: Reliability
    exposure: Exposure


def measure(
    scores: Scores | Iterable[Scores],
    trial: Trial,
    calibration: Calibration | None = None,
    *,
    fit_seconds: float = 0.0,
    score_seconds: float = 0.0,
    curve: Mapping[int, float] | None = None,
) -> FoldOutcome:
    """Every figure of `FoldOutcome`.

    `scores` (n_customers, n_products), float32 or float64, of all customers of the trial: one matrix, or blocks of rows
    in order, of which one is held at a time. One float32 matrix of probabilities is kept for gains. Without a
    `calibration` these are the softmax of the scores as they are, and log loss and reliability are not measured.
    Raises `ModelError` where a candidate's score is not a finite number, `ValueError` where rows are missing.
    """
    probabilities = np.empty((trial.n_products, len(trial)), dtype=np.float32)
    blocks = [
        _measure_block(block, trial, rows, calibration, probabilities[:, rows])
        for rows, block in _blocks(scores, trial)
    ]
    per_customer = {name: np.concatenate([block.headline[name] for block in blocks]) for name in HEADLINE}
    tested = trial.tested
    return FoldOutcome(
        {name: values.astype(np.float32) for name, values in per_customer.items()},
        reduce(add, (block.totals for block in blocks)),
        reduce(add, (block.tally for block in blocks)),
        measure_gains(probabilities, trial.candidates & trial.asked[:, None], trial.relevant),
        reduce(add, (block.reliability for block in blocks)),
        reduce(add, (block.first_reliability for block in blocks)),
        reduce(add, (block.exposure for block in blocks)),
        {slicing.name: sum_slices(slicing.take(tested), per_customer) for slicing in trial.slicings},
        fit_seconds,
        score_seconds,
        curve or {},
    )


def ndcg_of(scores: Scores, candidates: NDArray[np.bool_], relevant: NDArray[np.bool_]) -> float:
    """Mean NDCG@5 of the customers who can be tested, for a learning curve; NaN where there is none."""
    ndcg = ndcg_of_each(scores, candidates, relevant)
    return float(ndcg.mean()) if len(ndcg) else float("nan")


def ndcg_of_each(scores: Scores, candidates: NDArray[np.bool_], relevant: NDArray[np.bool_]) -> Floats:
    """NDCG@5 of the customers who can be tested (n_tested,)."""
    ranks = rank_relevant(mask_scores(scores, candidates), candidates, relevant)
    ndcg: Floats = metrics_at(ranks, LIST_LENGTH).ndcg[ranks.n_relevant > 0]
    return ndcg


def _blocks(scores: Scores | Iterable[Scores], trial: Trial) -> Iterator[tuple[slice, Scores]]:
    step = max(1, _CELLS // max(trial.n_products, 1))
    start = 0
    for given in [scores] if isinstance(scores, np.ndarray) else scores:
        for first in range(0, max(len(given), 1), step):
            block = given[first : first + step]
            yield slice(start, start + len(block)), block
            start += len(block)
    if start != len(trial):
        raise ValueError(f"scores of {start} customers for a trial of {len(trial)}")


def _measure_block(
    scores: Scores, trial: Trial, rows: slice, calibration: Calibration | None, probabilities: NDArray[np.float32]
) -> _Block:
    candidates = trial.candidates[rows]
    relevant = trial.relevant[rows] & candidates
    masked = mask_scores(scores, candidates)
    log_popularity = None if trial.products is None else trial.products.log_popularity
    log_probabilities = (calibration or UNCALIBRATED).log_probabilities(masked, log_popularity)
    np.exp(log_probabilities.astype(np.float32).T, out=probabilities)
    is_top = top_mask(masked, candidates, LIST_LENGTH)
    at = np.flatnonzero(with_test(candidates, relevant))
    tested = _Ranking(masked[at], candidates[at], relevant[at], log_probabilities[at] if calibration else None)
    values = _values(tested)
    return _Block(
        total(values),
        {name: values[name] for name in HEADLINE},
        tally_products(is_top[at], tested.relevant),
        *_reliabilities(tested),
        expose(is_top, candidates, trial.products),
    )


def _values(tested: _Ranking) -> dict[str, Floats]:
    ranks = rank_relevant(tested.masked, tested.candidates, tested.relevant)
    values: dict[str, Floats] = {}
    for k in CUTOFFS:
        values |= metrics_at(ranks, k).by_name(k)
    losses = np.full(len(tested.relevant), np.nan)
    if tested.log_probabilities is not None:
        losses = log_loss(tested.log_probabilities, tested.relevant)
    return {**values, "mrr": reciprocal_rank(ranks), "auc": auc(ranks), "log_loss": losses}


def _reliabilities(tested: _Ranking) -> tuple[Reliability, Reliability]:
    """Of all candidates, and of the first of each customer's list."""
    if tested.log_probabilities is None:
        return no_reliability(), no_reliability()
    probabilities = np.exp(tested.log_probabilities)
    came_true = tested.relevant / np.maximum(tested.relevant.sum(axis=1), 1)[:, None]
    first = np.arange(len(came_true)), tested.masked.argmax(axis=1)
    return (
        bin_reliability(probabilities[tested.candidates], came_true[tested.candidates]),
        bin_reliability(probabilities[first], came_true[first]),
    )
