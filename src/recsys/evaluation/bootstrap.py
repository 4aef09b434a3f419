"""Whether a figure, or a difference between two models, would survive other customers: the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES = 2_000
# With so many groups the width of an interval is known to 1 / sqrt(2 x groups), 1.6 %, and resampling costs the same
# for a million customers as for two thousand.
MOST_GROUPS = 2_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, such as a mean or a mean difference, with its bootstrap interval of `level`."""

    mean: float
    lower: float
    upper: float
    level: float = 0.95


@dataclass(frozen=True)
class Resampling:
    """Percentile bootstrap (Efron 1979) over `customers` (n,), numbers of the customers of n rows; one for all figures.

    Customers are drawn with replacement, with all their rows: a customer who is tested in two folds is not two
    independent observations. More than `most_groups` customers are first put into that many groups at random, of equal
    size or one more, and groups are drawn: a group's sum has the variance of its customers' sums, so intervals stay the
    same but for chance. All figures are resampled with the same draws, which depend on nothing but the customers
    and the seed, not on the order of the rows.
    """

    customers: NDArray[np.integer]
    seed: int
    n_resamples: int = N_RESAMPLES
    level: float = 0.95
    most_groups: int = MOST_GROUPS

    def mean(self, values: NDArray[np.floating]) -> Interval:
        """Interval of the mean of `values` (n,); NaN is no value. All NaN where there is none."""
        has_value = ~np.isnan(values)
        return self.ratio(np.where(has_value, values, 0), has_value)

    def difference(self, challenger: NDArray[np.floating], champion: NDArray[np.floating]) -> Interval:
        """Interval of the mean of `challenger - champion`, paired: two metrics (n,) of the same rows."""
        return self.mean(np.subtract(challenger, champion, dtype=np.float64))

    def ratio(self, parts: NDArray[np.generic], wholes: NDArray[np.generic]) -> Interval:
        """Interval of the sum of `parts` over the sum of `wholes`, both (n,), such as finds over openings."""
        sums = np.column_stack([self._group_sums(parts), self._group_sums(wholes)])
        total_part, total_whole = sums.sum(axis=0)
        drawn = self._draws @ sums
        # A resample without anything to divide by says nothing.
        drawn = drawn[drawn[:, 1] > 0]
        if not total_whole or not len(drawn):
            return Interval(float("nan"), float("nan"), float("nan"), self.level)
        tails = [(1 - self.level) / 2, (1 + self.level) / 2]
        lower, upper = np.quantile(drawn[:, 0] / drawn[:, 1], tails)
        return Interval(float(total_part / total_whole), float(lower), float(upper), self.level)

    def _group_sums(self, values: NDArray[np.generic]) -> Floats:
        return np.bincount(self._groups, values, self._n_groups).astype(np.float64)

    @cached_property
    def _groups(self) -> NDArray[np.intp]:
        """The group of each row."""
        keys, numbers = np.unique(self.customers, return_inverse=True)
        groups = np.random.default_rng(self.seed).permutation(len(keys)) % self.most_groups
        return groups[numbers]

    @property
    def _n_groups(self) -> int:
        return int(self._groups.max(initial=-1)) + 1

    @cached_property
    def _draws(self) -> NDArray[np.float32]:
        """How often each group is drawn, (n_resamples, n_groups)."""
        generator = np.random.default_rng([self.seed, 1])
        n_groups = self._n_groups
        draws = np.empty((self.n_resamples, n_groups), dtype=np.float32)
        for resample in draws:
            resample[:] = np.bincount(generator.integers(0, n_groups, n_groups), minlength=n_groups)
        return draws
