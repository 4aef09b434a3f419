"""Seconds of measuring a candidate by every metric, next to a bare selection and to scikit-learn's NDCG.

python -m bench.evaluating --customers 1000000 --out evaluating.json
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import command
from bench.markers import with_verdict
from bench.stopwatch import timed
from recsys.evaluation.bootstrap import Resampling
from recsys.evaluation.calibration import fit_calibration
from recsys.evaluation.exposure import known_products
from recsys.evaluation.measuring import measure as measure_candidate
from recsys.evaluation.outcome import HEADLINE, LIST_LENGTH, FoldOutcome
from recsys.evaluation.slices import Slicing
from recsys.evaluation.trial import Trial
from recsys.io.memory import peak_memory_bytes, reset_peak_memory

N_PRODUCTS = 24
BLOCK = 50_000
# The peer ranks one customer after another; some thousands tell its speed.
N_FOR_SCIKIT_LEARN = 5_000
TARGET = 10
_SLICES = {"segment": 4, "age": 5, "region": 9, "products_owned": 5, "tenure": 4}


def made_trial(n: int, seed: int = 7) -> Trial:
    """The worst case: everybody is tested, and three of ten opened more than one product."""
    generator = np.random.default_rng(seed)
    held = generator.random((n, N_PRODUCTS), np.float32) < 0.12
    relevant = generator.random((n, N_PRODUCTS), np.float32) < 0.015
    relevant[np.arange(n), generator.integers(0, N_PRODUCTS, n)] = True
    held &= ~relevant
    slicings = tuple(
        Slicing(name, generator.integers(0, n_slices, n).astype(np.int32), tuple(str(one) for one in range(n_slices)))
        for name, n_slices in _SLICES.items()
    )
    labels = [(f"category:{product % 6}",) for product in range(N_PRODUCTS)]
    return Trial(~held, relevant, slicings, known_products(held, labels))


def made_scores(trial: Trial, seed: int = 8) -> NDArray[np.float32]:
    """Scores of a model that knows something."""
    scores = np.random.default_rng(seed).standard_normal(trial.relevant.shape, np.float32)
    scores += trial.relevant
    return scores


def measure(n: int) -> dict[str, Any]:
    """Seconds of each part over `n` customers, one thread, and of the peers."""
    trial = made_trial(n)
    scores, others = made_scores(trial), made_scores(trial, seed=9)
    calibration, calibrating = timed(lambda: fit_calibration([(scores, trial)]))
    reset_peak_memory()
    before = peak_memory_bytes()
    outcome, measuring = timed(lambda: measure_candidate(_blocks(scores), trial, calibration))
    memory = peak_memory_bytes() - before
    champion = measure_candidate(others, trial, calibration)
    _, resampling = timed(lambda: _intervals(outcome, champion, np.arange(n)))
    return {
        "customers": n,
        "products": N_PRODUCTS,
        "metrics": len(outcome.metrics),
        "seconds": {
            "all together": round(measuring + resampling, 2),
            "of it intervals and paired differences of the headline": round(resampling, 2),
            "fitting a calibration before": round(calibrating, 2),
            **_peers(scores, trial),
        },
        "memory_above_input_mb": round(memory / 1e6),
    }


def part_rows(measured: dict[str, Any]) -> list[list[str]]:
    """The line for the table of parts with a target."""
    (_, seconds), *others = measured["seconds"].items()
    beside = "; ".join(f"{label}: {value:.2f}" for label, value in others)
    part = f"{measured['metrics']} metrics of a candidate on {measured['customers']:,} customers, s"
    return [[part, with_verdict(f"{seconds:.2f}", is_met=seconds < TARGET), f"under {TARGET}", beside]]


def _blocks(scores: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    return (scores[start : start + BLOCK] for start in range(0, len(scores), BLOCK))


def _intervals(outcome: FoldOutcome, champion: FoldOutcome, customers: NDArray[np.integer]) -> None:
    resampling = Resampling(customers, seed=7)
    for name in HEADLINE:
        resampling.mean(outcome.per_customer[name])
        resampling.difference(outcome.per_customer[name], champion.per_customer[name])


def _peers(scores: NDArray[np.float32], trial: Trial) -> dict[str, float]:
    from sklearn.metrics import ndcg_score

    def select() -> None:
        for start in range(0, len(scores), BLOCK):
            rows = slice(start, start + BLOCK)
            masked = np.where(trial.candidates[rows], scores[rows], -np.inf)
            np.argpartition(-masked, LIST_LENGTH, axis=1)[:, :LIST_LENGTH]

    some = slice(N_FOR_SCIKIT_LEARN)
    _, selecting = timed(select)
    _, ranking = timed(lambda: ndcg_score(trial.relevant[some], scores[some], k=LIST_LENGTH))
    return {
        "numpy.argpartition alone, no metric": round(selecting, 2),
        f"scikit-learn's ndcg_score of {len(scores[some]):,} customers alone": round(ranking, 2),
    }


if __name__ == "__main__":
    command.run(measure, __doc__, "customers", 1_000_000)
