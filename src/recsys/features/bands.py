"""Bands of a number: edges that people can read, and the words for a band."""

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


def band_words(low: float | None, high: float | None, unit: Unit) -> str:
    """The band from `low` (inclusive; None: open) to `high` (exclusive; None: open) in words.

    >>> band_words(40_000, 55_000, "money")
    'between 40,000 and 55,000 {currency}'
    >>> band_words(None, 30, "years")
    'under 30 years'
    """
    if low is None and high is None:
        return "known"
    if low is None and high is not None:
        return f"under {_with_unit(high, unit)}"
    if high is None and low is not None:
        return f"{_with_unit(low, unit)} or more"
    assert low is not None
    assert high is not None
    return f"between {_number(low, unit)} and {_with_unit(high, unit)}"


def _number(value: float, unit: Unit) -> str:
    if unit == "share":
        return f"{value * 100:.3g}"
    if unit == "days":
        return f"{value / _DAYS_PER_YEAR:.1f}".removesuffix(".0")
    # Edges have two significant digits, and of a small number two decimals may show none of them.
    return f"{value:,.2f}".rstrip("0").rstrip(".") if unit or abs(value) >= 0.1 or not value else f"{value:.2g}"


def _with_unit(value: float, unit: Unit) -> str:
    words = {"money": " {currency}", "share": " %", "days": " years"}
    return _number(value, unit) + words.get(unit, f" {unit}" if unit else "")
