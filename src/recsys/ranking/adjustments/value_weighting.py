"""Products that are worth more to the bank move up, by as much as the bank has set."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recsys.ranking.customers import BoolArray

FloatScores = npt.NDArray[np.float32]
# A single product of enormous value must not outweigh every preference.
_MOST = 2.0


def weigh_by_value(
    scores: FloatScores, is_permitted: BoolArray, values: npt.NDArray[np.float64], weight: float
) -> FloatScores:
    """Scores with `weight` times what a product is worth, float32 (n_customers, n_products).

    `values` (n_products,): expected yearly contribution of each product, NaN where it is unknown, which counts as the
    average. They are standardised over the products and cut off at two standard deviations; scores of different
    models differ in scale, so one step of value is one standard deviation of the customer's own permitted scores.
    """
    steps = _spread(scores, is_permitted) * _standardised(values)
    weighed: FloatScores = scores + np.float32(weight) * steps
    return weighed


def _standardised(values: npt.NDArray[np.float64]) -> FloatScores:
    is_known = ~np.isnan(values)
    deviation = values[is_known].std() if is_known.any() else 0.0
    if deviation == 0:
        return np.zeros(len(values), np.float32)
    steps = np.where(is_known, (values - values[is_known].mean()) / deviation, 0.0)
    clipped: FloatScores = np.clip(steps, -_MOST, _MOST).astype(np.float32)
    return clipped


def _spread(scores: FloatScores, is_permitted: BoolArray) -> FloatScores:
    """Standard deviation of the permitted scores of each customer, (n, 1); 0 where nothing is."""
    counts = np.maximum(is_permitted.sum(axis=1, keepdims=True), 1)
    known = np.where(is_permitted, scores, np.float32(0)).astype(np.float64)
    means = known.sum(axis=1, keepdims=True) / counts
    squares = np.where(is_permitted, (scores - means) ** 2, 0.0)
    deviation: FloatScores = np.sqrt(squares.sum(axis=1, keepdims=True) / counts).astype(np.float32)
    return deviation
