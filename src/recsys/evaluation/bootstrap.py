"""Whether a difference between two models would survive other customers: the paired bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES = 2_000
_DRAWS_AT_A_TIME = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference with its bootstrap interval of `level`."""

    mean: float
    lower: float
    upper: float
    level: float = 0.95


def paired_difference(
    challenger: NDArray[np.float64],
    champion: NDArray[np.float64],
    customers: NDArray[np.integer],
    seed: int,
    n_resamples: int = N_RESAMPLES,
    level: float = 0.95,
) -> Interval:
    """Interval of the mean of `challenger - champion`, two metrics (n,) of the same rankings of `customers` (n,).

    Percentile bootstrap (Efron 1979). Customers are drawn with replacement, with all their rows: a customer who is
    tested in two folds is not two independent observations.
    """
    numbers = np.unique(customers, return_inverse=True)[1]
    sums = np.asarray(np.bincount(numbers, weights=challenger - champion), dtype=np.float64)
    counts = np.asarray(np.bincount(numbers), dtype=np.float64)
    generator = np.random.default_rng(seed)
    step = max(1, _DRAWS_AT_A_TIME // len(counts))
    means = np.concatenate(
        [
            _resampled_means(sums, counts, min(step, n_resamples - start), generator)
            for start in range(0, n_resamples, step)
        ]
    )
    lower, upper = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(sums.sum() / counts.sum()), float(lower), float(upper), level)


def _resampled_means(
    sums: NDArray[np.float64], counts: NDArray[np.float64], n_resamples: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    draws = generator.integers(0, len(counts), (n_resamples, len(counts)))
    means: NDArray[np.float64] = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    return means
