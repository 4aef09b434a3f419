"""What a model knows customers by: how much worse it finds what they open when something is taken from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.bootstrap import Interval, Resampling
from recsys.evaluation.outcome import LIST_LENGTH
from recsys.evaluation.ranks import mask_scores, place_relevant

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Told of another customer (the model stays), not shown (the model stays), or never known (fitted again without it).
Way = Literal["permuted", "hidden", "left out"]
_N_RESAMPLES = 1_000


@dataclass(frozen=True)
class Losses:
    """What is lost of NDCG@5 at each of the tested openings (m,), of one fold or of several added up.

    `customer` 'S36' keys and `product` columns of the openings. `gain`: 1 / log2(rank + 1) within the first five, else
    0. `ideal`: what all openings of that customer could have gained together, so that gain / ideal adds up to his NDCG;
    `part`: one over the number of his openings. `lost` by way and by what was taken: the gain that is gone.
    """

    customer: NDArray[np.bytes_]
    product: NDArray[np.int64]
    gain: Floats
    ideal: Floats
    part: Floats
    lost: Mapping[tuple[Way, str], Floats] = field(default_factory=dict)

    def __add__(self, other: Losses) -> Losses:
        """Both folds; what was taken on one of them only counts there only."""
        none, of_other = np.full(len(self.gain), np.nan), np.full(len(other.gain), np.nan)
        keys = dict.fromkeys((*self.lost, *other.lost))
        return Losses(
            np.concatenate([self.customer, other.customer]),
            np.concatenate([self.product, other.product]),
            np.concatenate([self.gain, other.gain]),
            np.concatenate([self.ideal, other.ideal]),
            np.concatenate([self.part, other.part]),
            {key: np.concatenate([self.lost.get(key, none), other.lost.get(key, of_other)]) for key in keys},
        )

    def with_loss(self, way: Way, taken: str, gain: Floats) -> Losses:
        """Also what is lost when `gain` (m,) is what is left, or the mean of what is left over several tries."""
        return replace(self, lost={**self.lost, (way, taken): self.gain - gain})


@dataclass(frozen=True, slots=True)
class Importance:
    """How much NDCG@5 is lost without `taken`: over all tested customers, and at the openings of each product.

    A product's figure is the mean loss of 1 / log2(rank + 1) over its openings, `n_openings` (n_products,) of them.
    """

    way: Way
    taken: str
    overall: Interval
    of_product: Mapping[int, Interval]


def gains_of(scores: NDArray[np.floating], candidates: Bools, relevant: Bools) -> Floats:
    """1 / log2(rank + 1) of each relevant candidate within its customer's first five, else 0, (m,).

    In the order of `np.nonzero(relevant & candidates)`. Raises `ModelError` where a score is not a finite number.
    """
    rank = place_relevant(mask_scores(scores, candidates), candidates, relevant).rank
    gains: Floats = np.where(rank <= LIST_LENGTH, 1 / np.log2(rank + 1), 0.0)
    return gains


def begin_losses(
    scores: NDArray[np.floating], candidates: Bools, relevant: Bools, person_keys: NDArray[np.bytes_]
) -> Losses:
    """What nothing was taken from yet: `scores`, `candidates` and `relevant` (n, n_products) of n customers."""
    customer, product = np.nonzero(relevant & candidates)
    n_relevant = np.bincount(customer, minlength=len(scores))
    ideal = np.concatenate([[np.nan], (1 / np.log2(np.arange(2, LIST_LENGTH + 2))).cumsum()])
    return Losses(
        person_keys[customer],
        product,
        gains_of(scores, candidates, relevant),
        ideal[np.minimum(n_relevant, LIST_LENGTH)][customer],
        1 / n_relevant[customer],
    )


def mean_gains(
    score: Callable[[int], NDArray[np.floating]], n_repeats: int, candidates: Bools, relevant: Bools
) -> Floats:
    """Mean gains (m,) of `n_repeats` tries: `score` gives the scores of each by its number."""
    tries = [gains_of(score(repeat), candidates, relevant) for repeat in range(n_repeats)]
    mean: Floats = np.mean(tries, axis=0)
    return mean


def importances(losses: Losses, seed: int, most_products: int) -> list[Importance]:
    """Every loss with bootstrap intervals over customers, greatest first within each way.

    Of products the `most_products` that were opened most are looked at.
    """
    counts = np.bincount(losses.product)
    looked_at = [int(product) for product in np.argsort(-counts, kind="stable")[:most_products] if counts[product]]
    found = []
    for (way, taken), lost in losses.lost.items():
        seen = ~np.isnan(lost)
        resampling = Resampling(np.unique(losses.customer[seen], return_inverse=True)[1], seed, _N_RESAMPLES)
        found.append(_importance(way, taken, _seen(losses, lost, seen), resampling, looked_at))
    ways: Sequence[Way] = ("permuted", "hidden", "left out")
    return sorted(found, key=lambda one: (ways.index(one.way), -one.overall.mean))


@dataclass(frozen=True, slots=True)
class _Seen:
    lost: Floats
    product: NDArray[np.int64]
    ideal: Floats
    part: Floats


def _seen(losses: Losses, lost: Floats, seen: Bools) -> _Seen:
    return _Seen(lost[seen], losses.product[seen], losses.ideal[seen], losses.part[seen])


def _importance(way: Way, taken: str, seen: _Seen, resampling: Resampling, looked_at: Sequence[int]) -> Importance:
    of_product = {}
    for product in looked_at:
        is_product = seen.product == product
        if is_product.any():
            of_product[product] = resampling.ratio(seen.lost * is_product, is_product)
    return Importance(way, taken, resampling.ratio(seen.lost / seen.ideal, seen.part), of_product)
