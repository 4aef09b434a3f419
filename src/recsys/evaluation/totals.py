"""Sums of metrics over customers, of which the means are taken last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Totals:
    """`sums` of each metric over the customers who have a value of it, and their `counts`."""

    sums: Mapping[str, float]
    counts: Mapping[str, int]

    def __add__(self, other: Totals) -> Totals:
        names = dict.fromkeys((*self.sums, *other.sums))
        return Totals(
            {name: self.sums.get(name, 0.0) + other.sums.get(name, 0.0) for name in names},
            {name: self.counts.get(name, 0) + other.counts.get(name, 0) for name in names},
        )

    def means(self) -> dict[str, float]:
        """Means by metric. A metric that no customer has a value of has no mean, rather than a zero."""
        return {name: total / self.counts[name] for name, total in self.sums.items() if self.counts[name]}


def total(values: Mapping[str, NDArray[np.floating]]) -> Totals:
    """Totals of values per customer (n,) by metric; NaN is no value."""
    has_value = {name: ~np.isnan(of_customers) for name, of_customers in values.items()}
    return Totals(
        {name: float(np.sum(values[name], where=has)) for name, has in has_value.items()},
        {name: int(np.count_nonzero(has)) for name, has in has_value.items()},
    )
