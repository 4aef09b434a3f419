"""A list that is not five times the same: maximal marginal relevance over categories."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recsys.ranking.customers import BoolArray


def select_diverse(
    scores: npt.NDArray[np.float32],
    is_permitted: BoolArray,
    categories: npt.NDArray[np.int64],
    weight: float,
    top_n: int,
) -> npt.NDArray[np.int32]:
    """The best `top_n` permitted products of each customer, int32 (n_customers, k), -1 where nothing more is permitted.

    Chosen one after the other: the product with the largest (1 - weight) x relevance - weight x likeness, where
    relevance is the score, from 0 for the customer's worst permitted product to 1 for the best, and likeness is 1
    where a product of its category (`categories`, (n_products,)) was chosen before. Equal products go by catalogue
    order. After Carbonell and Goldstein, The use of MMR (SIGIR 1998).
    """
    n_customers, n_products = scores.shape
    gains = _relevance(scores, is_permitted) * np.float32(1 - weight)
    gains[~is_permitted] = -np.inf
    is_same = (categories[:, None] == categories[None, :]).astype(np.float32) * np.float32(weight)
    chosen = np.full((n_customers, min(top_n, n_products)), -1, dtype=np.int32)
    is_liked = np.zeros((n_customers, n_products), dtype=np.bool_)
    rows = np.arange(n_customers)
    for place in range(chosen.shape[1]):
        best = np.where(is_liked, gains - np.float32(weight), gains).argmax(axis=1)
        is_left = np.isfinite(gains[rows, best])
        chosen[is_left, place] = best[is_left]
        is_liked |= (is_same[best] > 0) & is_left[:, None]
        gains[rows, best] = -np.inf
    return chosen


def _relevance(scores: npt.NDArray[np.float32], is_permitted: BoolArray) -> npt.NDArray[np.float32]:
    """Scores from 0 to 1 among the permitted ones of each customer; all 1 where they are equal."""
    highest = np.where(is_permitted, scores, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    lowest = np.where(is_permitted, scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    # Infinite where nothing is permitted, and then nothing is looked at.
    with np.errstate(invalid="ignore"):
        above, width = scores - lowest, highest - lowest
    relevance = is_permitted.astype(np.float64)
    np.divide(above, width, out=relevance, where=is_permitted & (width > 0))
    return relevance.astype(np.float32)
