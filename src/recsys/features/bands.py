"""Bands of a number: edges that people can read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.features.attributes import Unit

_DAYS_PER_YEAR = 365.25
# The smallest and the largest value would be those of one customer.
_END = 0.02


def band_edges(numbers: NDArray[np.float64], n_bands: int, unit: Unit = "") -> tuple[float, ...]:
    """Inner edges, ascending, that cut `numbers` (n,) into up to `n_bands` bands of about equally many.

    Quantiles, rounded to two significant digits (days to half years): an edge is read by customers, and an exact
    quantile would be the value of one of them. Equal edges fall together, so many equal values give fewer bands.
    NaN does not count.
    """
    known = numbers[~np.isnan(numbers)]
    if len(known) == 0 or known.min() == known.max():
        return ()
    quantiles = np.quantile(known, np.arange(1, n_bands) / n_bands)
    rounded = {_round_days(value) if unit == "days" else _round_digits(value) for value in quantiles}
    return tuple(sorted(edge for edge in rounded if known.min() < edge <= known.max()))


def band_ends(numbers: NDArray[np.float64]) -> tuple[float, float]:
    """Where the first band begins and the last one ends: quantiles near both ends of `numbers` (n,), rounded."""
    known = numbers[~np.isnan(numbers)]
    if len(known) == 0:
        return (0.0, 0.0)
    low, high = np.quantile(known, [_END, 1 - _END])
    return (_round_digits(float(low)), _round_digits(float(high)))


def _round_digits(value: float, digits: int = 2) -> float:
    return float(f"{value:.{digits - 1}e}")


def _round_days(days: float) -> float:
    return float(round(round(days / _DAYS_PER_YEAR * 2) / 2 * _DAYS_PER_YEAR))
