"""The one ranking pass: where the relevant products stand, and what is in the top lists.

Everywhere: higher scores come first, and equal scores keep the order of the products, so that a ranking is the same on
every machine. Products that are no candidates take no place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RelevantRanks:
    """Where the relevant products of `n` customers stand, one entry (m,) for each of them, best first per customer.

    `customer`: row of the customer, ascending; `rank`: place among the candidates from 1; `ordinal`: how many relevant
    products stand there or above; `n_above`, `n_tied`: other candidates with a higher and with the same score.
    `n_relevant`, `n_candidates` (n,): of each customer. All int64.
    """

    customer: NDArray[np.int64]
    rank: NDArray[np.int64]
    ordinal: NDArray[np.int64]
    n_above: NDArray[np.int64]
    n_tied: NDArray[np.int64]
    n_relevant: NDArray[np.int64]
    n_candidates: NDArray[np.int64]


class RelevantPlaces(NamedTuple):
    """Where each relevant product of each customer stands, (m,) int64, by customer and then by product.

    `customer`, `product`: row and column; `rank`, `n_above`, `n_tied` as in `RelevantRanks`.
    """

    customer: NDArray[np.int64]
    product: NDArray[np.int64]
    rank: NDArray[np.int64]
    n_above: NDArray[np.int64]
    n_tied: NDArray[np.int64]


def mask_scores(scores: NDArray[np.floating], candidates: Bools) -> NDArray[np.floating]:
    """`scores` (n_customers, n_products) with -inf for what is no candidate, in their own type.

    Raises `ModelError` where the score of a candidate is not a finite number: it has no place in a ranking.
    """
    masked: NDArray[np.floating] = np.where(candidates, scores, scores.dtype.type(-np.inf))
    n_bad = int(candidates.sum()) - int(np.isfinite(masked).sum())
    if n_bad:
        raise ModelError(
            f"Of {int(candidates.sum()):,} scores of candidate products {n_bad:,} are not finite numbers.",
            remedy="The model diverged in training: lower its learning rate, or leave it out.",
        )
    return masked


def rank_relevant(masked: NDArray[np.floating], candidates: Bools, relevant: Bools) -> RelevantRanks:
    """Ranks of the relevant candidates in scores of `mask_scores` (n_customers, n_products)."""
    places = place_relevant(masked, candidates, relevant)
    customer = places.customer
    n_relevant = np.bincount(customer, minlength=len(masked))
    order = np.lexsort((places.rank, customer)) if n_relevant.max(initial=0) > 1 else np.arange(len(customer))
    ordinal = np.arange(1, len(customer) + 1) - np.repeat(np.cumsum(n_relevant) - n_relevant, n_relevant)
    n_candidates = np.count_nonzero(candidates, axis=1)
    return RelevantRanks(
        customer, places.rank[order], ordinal, places.n_above[order], places.n_tied[order], n_relevant, n_candidates
    )


def place_relevant(masked: NDArray[np.floating], candidates: Bools, relevant: Bools) -> RelevantPlaces:
    """Where each relevant candidate stands in scores of `mask_scores` (n_customers, n_products)."""
    customer, product = np.nonzero(relevant & candidates)
    of_customer = masked[customer]
    own = of_customer[np.arange(len(customer)), product][:, None]
    is_tied = of_customer == own
    n_above = np.count_nonzero(of_customer > own, axis=1)
    n_tied = np.count_nonzero(is_tied, axis=1) - 1
    rank = n_above + 1
    # Scores are seldom tied, and counting the ties before a product costs as much as all the rest.
    tied = np.flatnonzero(n_tied)
    before = np.arange(masked.shape[1]) < product[tied, None]
    rank[tied] += np.count_nonzero(is_tied[tied] & before, axis=1)
    return RelevantPlaces(customer, product, rank, n_above, n_tied)


def top_mask(masked: NDArray[np.floating], candidates: Bools, k: int) -> Bools:
    """Whether each candidate is among the first k of its customer, (n_customers, n_products); fewer than k: all."""
    n_products = masked.shape[1]
    if k >= n_products:
        return candidates.copy()
    limit = np.partition(masked, n_products - k, axis=1)[:, n_products - k, None]
    is_top = (masked >= limit) & candidates
    crowded = np.flatnonzero(np.count_nonzero(is_top, axis=1) > k)
    if len(crowded):
        is_tied = (masked[crowded] == limit[crowded]) & candidates[crowded]
        n_above = np.count_nonzero(is_top[crowded] & ~is_tied, axis=1)
        is_top[crowded] &= ~is_tied | (is_tied.cumsum(axis=1) <= (k - n_above)[:, None])
    return is_top
