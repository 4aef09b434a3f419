"""The N best permitted products of each customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.ranking.customers import BoolArray

# 400 kB of keys stay in a core's own cache, which is worth a quarter of the time against 16 MB.
_CELLS = 50_000
_REFUSED = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Ranking:
    """`products` int32 (n, k), columns of the catalogue, best first, -1 where nothing more is permitted.

    `scores` float32 (n, k), NaN there.
    """

    products: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float32]

    @property
    def is_filled(self) -> BoolArray:
        """Bool (n, k): where there is a product."""
        return self.products >= 0


def rank_top_n(scores: npt.NDArray[np.float32], is_permitted: BoolArray, top_n: int) -> Ranking:
    """The `top_n` highest scores per row among the permitted cells; equal scores in catalogue order.

    `scores` float32 and `is_permitted` bool are (n_customers, n_products). A score and its column are packed into one
    64-bit key, so that one partial sort selects, orders and breaks ties, the same on every machine.

    Raises `ValueError` where a permitted score is not a finite number.
    """
    n_customers, n_products = scores.shape
    k = min(top_n, n_products)
    products = np.full((n_customers, k), -1, dtype=np.int32)
    best = np.full((n_customers, k), np.nan, dtype=np.float32)
    step = max(1, _CELLS // max(1, n_products))
    for start in range(0, n_customers if k else 0, step):
        rows = slice(start, start + step)
        keys = _select(_keys(scores[rows], is_permitted[rows]), k)
        is_filled = keys != _REFUSED
        products[rows] = np.where(is_filled, n_products - 1 - (keys & 0xFFFFFFFF), -1)
        best[rows] = np.where(is_filled, _from_ordered(keys >> 32), np.float32(np.nan))
    return Ranking(products, best)


def _keys(scores: npt.NDArray[np.float32], is_permitted: BoolArray) -> npt.NDArray[np.int64]:
    """High half: the score as an integer of the same order. Low half: larger for earlier columns."""
    if not np.isfinite(scores, where=is_permitted, out=np.ones(scores.shape, dtype=np.bool_)).all():
        raise ValueError("a score is not a finite number")
    # Adding zero makes -0.0 and 0.0 one value.
    bits = (scores + np.float32(0)).view(np.int32)
    keys = (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64) << 32
    keys |= np.arange(scores.shape[1] - 1, -1, -1, dtype=np.int64)
    return np.where(is_permitted, keys, _REFUSED)


def _select(keys: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.int64]:
    if k < keys.shape[1]:
        keys = np.partition(keys, keys.shape[1] - k, axis=1)[:, -k:]
    return np.sort(keys, axis=1)[:, ::-1]


def _from_ordered(ordered: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    bits = ordered.astype(np.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).view(np.float32)
