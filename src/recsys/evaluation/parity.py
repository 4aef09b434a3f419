"""Whether groups of customers are served alike: exposure to products and precision of their lists, by Fairlearn."""

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
    """Figures of one attribute: ratios of the least to the most served group, NaN with fewer than two groups.

    `exposure`: mean over products, weighted by how often each is offered, of the ratio of the shares of the groups'
    members who are offered it (demographic parity ratio). `precision`: ratio of mean precision. `precision_by_group`
    goes by the group's label, of groups large enough to be counted.
    """

    exposure: float
    precision: float
    precision_by_group: Mapping[str, float]


def group_parity(is_top: NDArray[np.bool_], relevant: NDArray[np.bool_], groups: Slicing) -> Parity:
    """Parity between the groups of n customers of the lists `is_top`, bool (n, n_products), given what was `relevant`.

    Formulas: `MetricFrame.ratio` and `selection_rate` of Fairlearn (Bird et al. 2020, MSR-TR-2020-32). Groups smaller
    than `SMALLEST_SLICE` are left out, like customers of no known group.
    """
    from fairlearn.metrics import MetricFrame, mean_prediction, selection_rate

    sizes = np.bincount(groups.codes[groups.codes >= 0], minlength=len(groups.labels))
    is_counted = (groups.codes >= 0) & np.append(sizes >= SMALLEST_SLICE, False)[groups.codes]
    if (sizes >= SMALLEST_SLICE).sum() < 2:
        return Parity(float("nan"), float("nan"), {})
    is_top, relevant = is_top[is_counted], relevant[is_counted]
    names = np.array(groups.labels, dtype=object)[groups.codes[is_counted]]
    hits = (is_top & relevant).sum(axis=1) / np.maximum(is_top.sum(axis=1), 1)
    precision = MetricFrame(metrics=mean_prediction, y_true=hits, y_pred=hits, sensitive_features=names)
    offered = is_top.sum(axis=0)
    shown = np.argsort(-offered, kind="stable")[:MAX_PRODUCTS]
    shown = shown[offered[shown] >= MIN_EXPOSURES]
    ratios = [
        MetricFrame(
            metrics=selection_rate,
            y_true=relevant[:, product].astype(int),
            y_pred=is_top[:, product].astype(int),
            sensitive_features=names,
        ).ratio()
        for product in shown
    ]
    exposure = float(np.average(ratios, weights=offered[shown])) if len(shown) else float("nan")
    return Parity(
        exposure, float(precision.ratio()), {str(name): float(value) for name, value in precision.by_group.items()}
    )
