"""Whether probabilities are what they say: of what was given 20 %, a fifth should come true."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# In percent, fine where most products of a catalogue are; whole numbers, so that a table finds the bin.
_PERCENTS = (0, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
EDGES = tuple(percent / 100 for percent in _PERCENTS)
# A share of fewer would be noise: such a bin is joined with the one above, the last one with the one below.
SMALLEST_BIN = 100
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
        """Mean probability, share that came true and number of pairs of bins with `SMALLEST_BIN` or more, ascending."""
        joined: list[tuple[float, float, int]] = []
        predicted, observed, n = 0.0, 0.0, 0
        for place in range(len(self.n)):
            if n >= SMALLEST_BIN and self.n[place:].sum() >= SMALLEST_BIN:
                joined.append((predicted / n, observed / n, n))
                predicted, observed, n = 0.0, 0.0, 0
            predicted += float(self.predicted[place])
            observed += float(self.observed[place])
            n += int(self.n[place])
        return [*joined, (predicted / n, observed / n, n)] if n else []

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of the two, by pairs (Naeini et al. 2015); NaN without pairs."""
        total = sum(n for _, _, n in self.bins)
        return (
            sum(abs(predicted - observed) * n for predicted, observed, n in self.bins) / total
            if total
            else float("nan")
        )

    @property
    def error_by_chance(self) -> float:
        """The error to expect of right probabilities, for so few pairs: mean distance of a binomial share; NaN without.

        The share of n events of probability p is about normal, with a mean distance of sqrt(2 / pi * p * (1 - p) / n).
        """
        total = sum(n for _, _, n in self.bins)
        distances = (math.sqrt(2 / math.pi * p * (1 - p) / n) * n for p, _, n in self.bins)
        return sum(distances) / total if total else float("nan")


def bin_reliability(probabilities: NDArray[np.floating], observed: Floats) -> Reliability:
    """Bins of pairs (n,): `probabilities`, and the part of each that came true."""
    n_bins = len(EDGES) - 1
    places = _BIN_OF_PERCENT[(probabilities * 100).astype(np.int64)]
    return Reliability(
        np.bincount(places, minlength=n_bins),
        np.bincount(places, probabilities, n_bins).astype(np.float64),
        np.bincount(places, observed, n_bins).astype(np.float64),
    )


def no_reliability() -> Reliability:
    """Of no pairs."""
    return bin_reliability(np.empty(0), np.empty(0))
