"""Popularity given what is owned: what customers with the same products, or some of them, opened next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import NOISE, EachEpoch, Stored
from recsys.models.examples import TrainingSet, build_rows
from recsys.models.owned_sets import SetCounts, count_sets, distinct_sets, rates_with_each, set_keys
from recsys.models.parts import Parts, base_alone
from recsys.models.recipe import Recipe
from recsys.models.search import Number, Space
from recsys.models.segment_popularity import segment_rates
from recsys.models.segments import NO_ATTRIBUTE, Segmentation, find_segmentation

# Keeps the logarithm of a share finite; a product that is held has no share.
_LEAST_SHARE = 1e-9
_OF_SETS = ("keys", "totals", "starts", "products", "openings")


@dataclass(frozen=True)
class OwnedPopularityRecipe(Recipe):
    """How much evidence each level of the hierarchy needs before it is believed.

    `set_openings`, `segment_set_openings`: openings after a set of products, and after that set in a segment, that
    weigh as much as what the level below says. `segment_weight` of the segment's lift where products are owned,
    `owned_weight` of the lifts of single products. `pair_openings` smooths those, `prior_customers` the segments.
    `half_life_days` of an opening's weight. `max_examples` bounds memory: the newest openings are counted.
    """

    kind: ClassVar[str] = "owned_popularity"
    space: ClassVar[Space] = {
        "set_openings": Number(1.0, 300.0, is_log=True),
        "segment_set_openings": Number(3.0, 1000.0, is_log=True),
        "segment_weight": Number(0.0, 1.0),
        "owned_weight": Number(0.25, 1.25),
        "pair_openings": Number(5.0, 200.0, is_log=True),
    }

    set_openings: float = 30.0
    segment_set_openings: float = 30.0
    segment_weight: float = 0.5
    owned_weight: float = 0.75
    pair_openings: float = 20.0
    prior_customers: float = 50.0
    half_life_days: float = 365.0
    max_examples: int = 1_000_000


@dataclass(frozen=True)
class OwnedPopularityRecommender:
    """Shares of products among the next openings, from counts at four levels.

    `rates` (n_segments + 1, n_products): see `segment_rates`. `lifts` (n_products, n_products): see `rates_with_each`.
    `sets` and `segment_sets`: what was opened after a set of owned products, and after that set in a segment.
    """

    recipe: OwnedPopularityRecipe
    encoder: CustomerEncoder
    segmentation: Segmentation
    rates: NDArray[np.float32]
    lifts: NDArray[np.float32]
    sets: SetCounts
    segment_sets: SetCounts
    name: str = OwnedPopularityRecipe.kind

    noise: ClassVar[float] = NOISE

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`. Customers with the same products and segment are scored once.

        Who is not known to own anything gets popularity by segment: he need not own nothing.
        """
        segments = self.segmentation.segments(customers)
        rows, places = distinct_sets(set_keys(customers.held, segments))
        held, segments = customers.held[rows], segments[rows]
        *_, shares = self._log_shares(held, segments)
        scores = np.where(np.any(held, axis=1, keepdims=True), shares, self.rates[segments])
        return scores.astype(np.float32)[places]

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """See `Recommender.parts`: against a customer of no segment who owns nothing.

        What a set says beyond its single products is said of all of it alike: each of its products, and the segment in
        which it was counted, gets the same part. The logarithm of the sum of rates, by which shares are shares, is in
        the base, where it is the same for all products.
        """
        segments = self.segmentation.segments(customers)
        rows, places = distinct_sets(set_keys(customers.held, segments))
        chosen = np.maximum(products, 0)
        singles, of_sets, of_segments = (
            np.take_along_axis(logs[places], chosen, axis=1)
            for logs in self._log_shares(customers.held[rows], segments[rows])
        )
        n_held = customers.held.sum(axis=1, dtype=np.float32)[:, None]
        owns, knows = n_held > 0, self._knows_segment(segments)[:, None]
        by_segment = (self.rates - self.rates[-1])[segments[:, None], chosen]
        of_segment = np.where(owns, self.recipe.segment_weight * by_segment, by_segment)
        beyond_segment = (of_segments - of_sets) / np.maximum(n_held + knows, 1)
        beyond = (of_sets - singles) / np.maximum(n_held, 1) + beyond_segment
        of_owned = self.recipe.owned_weight * self.lifts.T[chosen] / np.sqrt(np.maximum(n_held, 1))[..., None]
        of_owned *= customers.held[:, None, :]
        base = np.where(owns, singles - of_segment - of_owned.sum(axis=-1), self.rates[-1][chosen])
        parts = base_alone(customers, products, base.astype(np.float32))
        is_filled = (products >= 0)[..., None]
        said = np.where(customers.held[:, None, :] & is_filled, of_owned + beyond[..., None], 0)
        parts.contributions[..., customers.codes.shape[1] :] = said
        if self.segmentation.attribute != NO_ATTRIBUTE:
            said = of_segment + np.where(owns & knows, beyond_segment, 0)
            parts.contributions[..., self.segmentation.attribute] = np.where(is_filled[..., 0], said, 0)
        return parts

    def _knows_segment(self, segments: NDArray[np.int64]) -> NDArray[np.bool_]:
        knows: NDArray[np.bool_] = segments < self.segmentation.n_segments
        return knows

    def _log_shares(self, held: NDArray[np.bool_], segments: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
        """Logarithms of shares (n, n_products): by segment and single products, by the set, by the set in its segment.

        Those of the last are the scores of who owns something.
        """
        shares = _shares(self._log_rates(held, segments), ~held)
        yield np.log(shares + _LEAST_SHARE)
        openings, total = self.sets.of(set_keys(held))
        shares = _smoothed(openings, total, shares, self.recipe.set_openings)
        yield np.log(shares + _LEAST_SHARE)
        openings, total = self.segment_sets.of(set_keys(held, segments))
        yield np.log(_smoothed(openings, total, shares, self.recipe.segment_set_openings) + _LEAST_SHARE)

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        of_sets = {f"sets_{name}": getattr(self.sets, name) for name in _OF_SETS}
        of_segments = {f"segment_sets_{name}": getattr(self.segment_sets, name) for name in _OF_SETS}
        return Stored(
            {"rates": self.rates, "lifts": self.lifts, **of_sets, **of_segments},
            {
                "attribute": self.segmentation.attribute,
            },
        )

    def _log_rates(self, held: NDArray[np.bool_], segments: NDArray[np.int64]) -> NDArray[np.float32]:
        """The bank's rates, lifted by the segment and by each owned product.

        Owned products say partly the same, so that their lifts are added up like the errors of a measurement: the sum
        is divided by the root of their number.
        """
        n_held = np.maximum(held.sum(axis=1, keepdims=True), 1)
        by_segment = self.rates[-1] + self.recipe.segment_weight * (self.rates[segments] - self.rates[-1])
        of_owned = held.astype(np.float32) @ self.lifts / np.sqrt(n_held, dtype=np.float32)
        rates: NDArray[np.float32] = by_segment + np.float32(self.recipe.owned_weight) * of_owned
        return rates


def fit_owned_popularity(
    recipe: OwnedPopularityRecipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> OwnedPopularityRecommender:
    """Count openings by the set of products owned just before, in each segment and in all, and by single products.

    Each level is drawn towards the one below by Dirichlet weights (MacKay, Peto 1995, "A hierarchical Dirichlet
    language model"): the set in the segment, the set, its single products and the segment, the bank. Raises
    `ModelError` where nothing was opened.
    """
    rows = build_rows(encoder, training, recipe.half_life_days, recipe.max_examples)
    segmentation = find_segmentation(encoder, rows)
    held, segments = rows.customers.held, segmentation.segments(rows.customers)
    return OwnedPopularityRecommender(
        recipe,
        encoder,
        segmentation,
        segment_rates(segmentation, rows, training, recipe.prior_customers),
        rates_with_each(rows, recipe.pair_openings),
        count_sets(set_keys(held), rows),
        count_sets(set_keys(held, segments), rows),
    )


def restore_owned_popularity(
    recipe: OwnedPopularityRecipe, encoder: CustomerEncoder, stored: Stored
) -> OwnedPopularityRecommender:
    """The model that `stored` came from."""
    arrays, n_products = stored.arrays, len(encoder.product_ids)
    sets, segment_sets = (
        SetCounts(**{name: arrays[f"{prefix}_{name}"] for name in _OF_SETS}, n_products=n_products)  # type: ignore[arg-type]
        for prefix in ("sets", "segment_sets")
    )
    return OwnedPopularityRecommender(
        recipe,
        encoder,
        Segmentation.of(encoder, int(stored.facts["attribute"])),  # type: ignore[arg-type]
        np.asarray(arrays["rates"], np.float32),
        np.asarray(arrays["lifts"], np.float32),
        sets,
        segment_sets,
    )


def _shares(log_rates: NDArray[np.float32], can_be_chosen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Softmax over the products that are not held, (n, n_products); zero for the others, and where all are held."""
    masked = np.where(can_be_chosen, log_rates, -np.inf)
    highest = masked.max(axis=1, keepdims=True)
    rates = np.exp(masked - np.where(np.isfinite(highest), highest, 0))
    shares: NDArray[np.float32] = rates / np.maximum(rates.sum(axis=1, keepdims=True), _LEAST_SHARE)
    return shares


def _smoothed(
    openings: NDArray[np.float32], total: NDArray[np.float32], shares: NDArray[np.float32], weight: float
) -> NDArray[np.float32]:
    """Shares of `openings` as if `weight` more had been distributed like `shares`."""
    smoothed: NDArray[np.float32] = (openings + weight * shares) / (total + weight)
    return smoothed
