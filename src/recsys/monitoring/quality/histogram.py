"""A column's bins or values as a few bars that can be drawn, the same bars for two loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from recsys.monitoring.column_profiles import ColumnProfile, Shape
from recsys.monitoring.drift import categories_beside
from recsys.monitoring.sketch import SMALLEST, WIDTH, quantile

N_BARS = 24
N_CATEGORIES = 8
_TAIL = 0.01
_DAYS_SHOWN_AS_DAYS = 62
_MONTH = 31


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares (n_bars,) of the values of this load and of the last one. `labels` name each bar, or both ends."""

    is_categories: bool
    labels: Sequence[str]
    new: Sequence[float]
    last: Sequence[float]

    @property
    def highest(self) -> float:
        """The largest share of a bar, never 0."""
        return max([*self.new, *self.last, 1e-9])


def histogram(new: ColumnProfile, last: ColumnProfile | None, as_of: date) -> Histogram | None:
    """The bars of a column; None where nothing was counted. `last` is left out where it was counted otherwise."""
    before = last if last is not None and last.shape is new.shape else ColumnProfile(new.column, 0, 0, new.shape)
    if new.shape is Shape.NONE or len(new.counts.keys() | before.counts.keys()) < 2:
        # One bar says nothing that words do not.
        return None
    if new.shape is Shape.CATEGORIES:
        return _of_categories(new, before)
    return _of_bins(new, before, as_of)


def _of_categories(new: ColumnProfile, last: ColumnProfile) -> Histogram:
    pairs = categories_beside(last, new)
    pairs.sort(key=lambda pair: -max(pair[1] / max(last.n_rows, 1), pair[2] / max(new.n_rows, 1)))
    shown, others = pairs[:N_CATEGORIES], pairs[N_CATEGORIES:]
    if others:
        name = f"{len(others)} others"
        shown = [*shown, (name, sum(n for _, n, _ in others), sum(n for _, _, n in others))]
    n_last, n_new = sum(n for _, n, _ in pairs) or 1, sum(n for _, _, n in pairs) or 1
    return Histogram(
        True, [name for name, _, _ in shown], [n / n_new for _, _, n in shown], [n / n_last for _, n, _ in shown]
    )


def _of_bins(new: ColumnProfile, last: ColumnProfile, as_of: date) -> Histogram:
    """Between the first and the last hundredth of both loads; time goes from left to right."""
    found = [profile.counts for profile in (new, last) if profile.counts]
    low = min(float(quantile(counts, _TAIL) or 0) for counts in found)
    high = max(float(quantile(counts, 1 - _TAIL) or 0) for counts in found)
    # A single value is drawn in the middle.
    low, high = (low - 0.5, high + 0.5) if high - low < 1e-9 else (low, high)
    edges = np.linspace(low, high, N_BARS + 1)
    bars = [_shares(counts, edges) for counts in (new.counts, last.counts)]
    if new.shape is Shape.AGES:
        ends = [_day(as_of, high, high - low), _day(as_of, low, high - low)]
        return Histogram(False, ends, bars[0][::-1], bars[1][::-1])
    return Histogram(False, [compact(low), compact(high)], *bars)


def _shares(counts: Mapping[int, int], edges: npt.NDArray[np.float64]) -> list[float]:
    """Each bin's values spread evenly over its width, and what lies outside counted into the outer bars."""
    if not counts:
        return [0.0] * (len(edges) - 1)
    marks: list[float] = []
    below: list[int] = []
    n_before = 0
    for place in sorted(counts):
        marks.extend(_ends(place))
        below.extend((n_before, n_before + counts[place]))
        n_before += counts[place]
    at_edges = np.interp(edges, marks, below)
    at_edges[0], at_edges[-1] = 0, below[-1]
    return [float(share) for share in np.diff(at_edges) / below[-1]]


def _ends(place: int) -> tuple[float, float]:
    sizes = [SMALLEST * WIDTH ** (abs(place) - 1), SMALLEST * WIDTH ** abs(place)]
    if place == 0:
        return -SMALLEST, SMALLEST
    return (sizes[0], sizes[1]) if place > 0 else (-sizes[1], -sizes[0])


def _day(as_of: date, age: float, span: float) -> str:
    return _written(as_of, age, "%Y-%m-%d" if span <= _DAYS_SHOWN_AS_DAYS else "%Y-%m")


def about_day(as_of: date, age: float) -> str:
    """The day, month or year in which something of that age in days was, as exactly as a bin of ages tells it."""
    width = abs(age) * (WIDTH - 1)
    return _written(as_of, age, "%Y-%m-%d" if width < 1 else "about %Y-%m" if width < _MONTH else "about %Y")


def _written(as_of: date, age: float, pattern: str) -> str:
    try:
        return f"{as_of - timedelta(days=round(age)):{pattern}}"
    except OverflowError:
        return "long ago" if age > 0 else "far ahead"


def compact(value: float) -> str:
    """A number in as few characters as say enough: 1.2 M, 34 k, 5.6."""
    size = abs(value)
    for limit, unit in ((1e9, " bn"), (1e6, " M"), (1e4, " k")):
        if size >= limit:
            return f"{value / (1e3 if unit == ' k' else limit):.3g}{unit}"
    return f"{value:,.0f}" if size >= 100 or abs(value - round(value)) < 0.03 * max(size, 1) else f"{value:.2g}"
