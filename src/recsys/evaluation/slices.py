"""Metrics by group of customers: segment, age band, region, length of history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Fewer customers say little (NDCG@5 moves by more than .1 by chance) and are too near to a single person to be shown.
SMALLEST_SLICE = 50


@dataclass(frozen=True, slots=True)
class Slicing:
    """A way to part customers: `codes` (n,) int32 are positions in `labels`, -1 where the customer's is not known."""

    name: str
    codes: NDArray[np.int32]
    labels: tuple[str, ...]

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Slicing:
        """The same slicing of the customers at `rows`."""
        return Slicing(self.name, self.codes[rows], self.labels)


@dataclass(frozen=True, slots=True)
class SliceSums:
    """Sums of metrics over the tested customers of each slice; what two folds call the same is one slice.

    `n_customers` (n_slices,) int64; `sums` and `counts` (n_slices,) by metric: a metric that some customers lack (AUC)
    is averaged over the others. Customers of no known slice are in none of them.
    """

    labels: tuple[str, ...]
    n_customers: NDArray[np.int64]
    sums: Mapping[str, NDArray[np.float64]]
    counts: Mapping[str, NDArray[np.int64]]

    def __add__(self, other: SliceSums) -> SliceSums:
        labels = tuple(dict.fromkeys((*self.labels, *other.labels)))
        mine, others = _spread(self.labels, labels), _spread(other.labels, labels)
        return SliceSums(
            labels,
            mine(self.n_customers) + others(other.n_customers),
            {name: mine(values) + others(other.sums[name]) for name, values in self.sums.items()},
            {name: mine(values) + others(other.counts[name]) for name, values in self.counts.items()},
        )

    def means(self, smallest: int = SMALLEST_SLICE) -> dict[str, dict[str, float]]:
        """Means by metric and slice, of the slices with at least `smallest` tested customers."""
        shown = np.flatnonzero(self.n_customers >= smallest)
        return {
            self.labels[place]: {
                name: float(values[place] / self.counts[name][place])
                for name, values in self.sums.items()
                if self.counts[name][place]
            }
            for place in shown
        }

    def withheld(self, smallest: int = SMALLEST_SLICE) -> tuple[str, ...]:
        """Slices with tested customers, but fewer than `smallest`: they are named and not measured."""
        is_small = (self.n_customers > 0) & (self.n_customers < smallest)
        return tuple(self.labels[place] for place in np.flatnonzero(is_small))


def sum_slices(slicing: Slicing, values: Mapping[str, NDArray[np.floating]]) -> SliceSums:
    """Sums of metrics `values` (n,) by name, of the customers that `slicing` parts; NaN counts for nothing."""
    n_slices = len(slicing.labels)
    places = slicing.codes + 1  # those of no slice come first and are cut off

    def counted(weights: NDArray[np.floating] | None = None) -> NDArray[np.float64]:
        return np.bincount(places, weights, n_slices + 1)[1:].astype(np.float64)

    return SliceSums(
        slicing.labels,
        counted().astype(np.int64),
        {name: counted(np.nan_to_num(of_customers)) for name, of_customers in values.items()},
        {name: counted(np.isfinite(of_customers)).astype(np.int64) for name, of_customers in values.items()},
    )


def _spread(labels: tuple[str, ...], onto: tuple[str, ...]) -> Callable[[NDArray[Any]], NDArray[Any]]:
    places = [onto.index(label) for label in labels]

    def spread(values: NDArray[Any]) -> NDArray[Any]:
        wider = np.zeros(len(onto), dtype=values.dtype)
        wider[places] = values
        return wider

    return spread
