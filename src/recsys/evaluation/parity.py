"""Whether groups of customers are served alike: exposure to products and precision of their lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.slices import SMALLEST_SLICE, Slicing

# A product that fewer lists hold says nothing about who is offered it; of a long catalogue the most offered are asked.
MIN_EXPOSURES = 50
MAX_PRODUCTS = 40


@dataclass(frozen=True, slots=True)
class Parity:
    """Figures of one attribute: ratios of the least to the most served group, NaN with fewer than two large groups.

    `exposure`: mean over products, weighted by how often each is offered, of the ratio of the shares of the groups'
    members who are offered it (demographic parity ratio). `precision`: ratio of mean precision. `precision_by_group`
    goes by the group's label, of groups large enough to be counted.
    """

    exposure: float
    precision: float
    precision_by_group: Mapping[str, float]


def group_parity(
    is_top: NDArray[np.bool_], relevant: NDArray[np.bool_], groups: Slicing, tested: NDArray[np.integer]
) -> Parity:
    """Parity between the groups of n customers of the lists `is_top`, bool (n, n_products).

    Everybody is exposed to what is offered; precision, given what was `relevant` (n, n_products), is that of the rows
    `tested`. Formulas: `selection_rate` and `MetricFrame.ratio` of Fairlearn (Bird et al. 2020, MSR-TR-2020-32). Groups
    smaller than `SMALLEST_SLICE` are left out, like customers of no known group.
    """
    precision, by_group = _precision(is_top[tested], relevant[tested], groups.take(tested))
    return Parity(_exposure(is_top, groups), precision, by_group)


def _exposure(is_top: NDArray[np.bool_], groups: Slicing) -> float:
    sizes = _sizes(groups)
    counted = np.flatnonzero(sizes >= SMALLEST_SLICE)
    if len(counted) < 2:
        return float("nan")
    n_offered = np.array([is_top[groups.codes == group].sum(axis=0) for group in counted])
    offered = n_offered.sum(axis=0)
    shown = np.argsort(-offered, kind="stable")[:MAX_PRODUCTS]
    shown = shown[offered[shown] >= MIN_EXPOSURES]
    if not len(shown):
        return float("nan")
    shares = n_offered[:, shown] / sizes[counted, None]
    return float(np.average(shares.min(axis=0) / shares.max(axis=0), weights=offered[shown]))


def _precision(
    is_top: NDArray[np.bool_], relevant: NDArray[np.bool_], groups: Slicing
) -> tuple[float, dict[str, float]]:
    from fairlearn.metrics import MetricFrame, mean_prediction

    is_large = _sizes(groups) >= SMALLEST_SLICE
    if is_large.sum() < 2:
        return float("nan"), {}
    is_counted = (groups.codes >= 0) & is_large[groups.codes]
    names = np.array(groups.labels, dtype=object)[groups.codes[is_counted]]
    hits = (is_top & relevant)[is_counted].sum(axis=1) / np.maximum(is_top[is_counted].sum(axis=1), 1)
    frame = MetricFrame(metrics=mean_prediction, y_true=hits, y_pred=hits, sensitive_features=names)
    return float(frame.ratio()), {str(name): float(value) for name, value in frame.by_group.items()}


def _sizes(groups: Slicing) -> NDArray[np.int64]:
    return np.bincount(groups.codes[groups.codes >= 0], minlength=len(groups.labels))
