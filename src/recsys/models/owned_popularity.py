"""Popularity given what is owned: what customers with the same products, or some of them, opened next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import EachEpoch, Reason, Stored
from recsys.models.examples import TrainingSet, build_rows
from recsys.models.owned_sets import SetCounts, count_sets, distinct_sets, rates_with_each, set_keys
from recsys.models.reasons import explain_by_contributions, reasons_of_others, table_contributions
from recsys.models.recipe import Recipe
from recsys.models.search import Number, Space
from recsys.models.segment_popularity import lifts_by_feature, segment_rates
from recsys.models.segments import Segmentation, find_segmentation

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
    product_names: tuple[str, ...]
    currency: str
    name: str = OwnedPopularityRecipe.kind

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """One reason for each feature, of which those of the segments are used, one for each product, popularity."""
        return reasons_of_others(self.encoder, self.product_names, self.currency)

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`. Customers with the same products and segment are scored once.

        Who is not known to own anything gets popularity by segment: he need not own nothing.
        """
        segments = self.segmentation.segments(customers)
        rows, places = distinct_sets(set_keys(customers.held, segments))
        held, segments = customers.held[rows], segments[rows]
        shares = _shares(self._log_rates(held, segments), ~held)
        openings, total = self.sets.of(set_keys(held))
        shares = _smoothed(openings, total, shares, self.recipe.set_openings)
        openings, total = self.segment_sets.of(set_keys(held, segments))
        shares = _smoothed(openings, total, shares, self.recipe.segment_set_openings)
        scores = np.where(np.any(held, axis=1, keepdims=True), np.log(shares + _LEAST_SHARE), self.rates[segments])
        return scores.astype(np.float32)[places]

    def explain(self, customers: CustomerBlock, products: NDArray[np.integer], n_reasons: int = 3) -> NDArray[np.int32]:
        """See `Recommender.explain`: products owned and the segment, where they lift the product, or popularity."""
        is_popular = self.rates[-1] > self.rates[-1].mean()
        return explain_by_contributions(self, customers, products, is_popular, n_reasons)

    def contributions(self, customers: CustomerBlock, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """See `Explaining.contributions`."""
        return table_contributions(customers, products, self._table)

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        of_sets = {f"sets_{name}": getattr(self.sets, name) for name in _OF_SETS}
        of_segments = {f"segment_sets_{name}": getattr(self.segment_sets, name) for name in _OF_SETS}
        return Stored(
            {"rates": self.rates, "lifts": self.lifts, **of_sets, **of_segments},
            {
                "attribute": self.segmentation.attribute,
                "currency": self.currency,
                "product_names": list(self.product_names),
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

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        table = self.recipe.segment_weight * lifts_by_feature(self.encoder, self.segmentation, self.rates)
        table[self.encoder.n_features :] = self.recipe.owned_weight * self.lifts
        return table.astype(np.float32)


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
        training.product_names,
        training.currency,
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
        tuple(stored.facts["product_names"]),  # type: ignore[arg-type]
        str(stored.facts["currency"]),
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
