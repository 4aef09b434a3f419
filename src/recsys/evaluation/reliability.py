"""Whether probabilities are what they say: of what was given 20 %, a fifth should come true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.shares import shares

# In percent, fine where most products of a catalogue are; whole numbers, so that a table finds the bin.
_PERCENTS = (0, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
EDGES = tuple(percent / 100 for percent in _PERCENTS)
_BIN_OF_PERCENT = np.minimum(np.searchsorted(_PERCENTS, np.arange(101), "right"), len(_PERCENTS) - 1) - 1

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Sums over (customer, product) pairs by bin of `EDGES` (n_bins,), lower edge inclusive; add over blocks and folds.

    `n` int64 pairs; `predicted`: their probabilities; `observed`: what came true of them. A customer who opened r
    products counts 1 / r for each of them, since only one of them was next.
    """

    n: NDArray[np.int64]
    predicted: Floats
    observed: Floats

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(self.n + other.n, self.predicted + other.predicted, self.observed + other.observed)

    @property
    def bins(self) -> list[tuple[float, float, int]]:
        """Mean probability, share that came true and number of pairs of each bin with pairs, ascending."""
        filled = np.flatnonzero(self.n)
        predicted, observed = shares(self.predicted, self.n), shares(self.observed, self.n)
        return [(float(predicted[place]), float(observed[place]), int(self.n[place])) for place in filled]

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of the two, by pairs (Naeini et al. 2015); NaN without pairs."""
        n = int(self.n.sum())
        return float(np.abs(self.predicted - self.observed).sum() / n) if n else float("nan")


def bin_reliability(probabilities: NDArray[np.floating], observed: Floats) -> Reliability:
    """Bins of pairs (n,): `probabilities`, and the part of each that came true."""
    n_bins = len(EDGES) - 1
    places = _BIN_OF_PERCENT[(probabilities * 100).astype(np.int64)]
    return Reliability(
        np.bincount(places, minlength=n_bins),
        np.bincount(places, probabilities, n_bins).astype(np.float64),
        np.bincount(places, observed, n_bins).astype(np.float64),
    )
