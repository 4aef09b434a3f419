"""Popularity by segment: what customers of the same segment have been opening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import NOISE, EachEpoch, Stored
from recsys.models.examples import TrainingRows, TrainingSet, build_rows
from recsys.models.parts import Parts, base_alone
from recsys.models.popularity import PRIOR_CUSTOMERS
from recsys.models.recipe import Recipe
from recsys.models.search import Number, Space
from recsys.models.segments import NO_ATTRIBUTE, Segmentation, find_segmentation

# Of a product that was never opened, so that its rate has a logarithm.
_HALF_AN_OPENING = 0.5


@dataclass(frozen=True)
class SegmentPopularityRecipe(Recipe):
    """`prior_customers`: customers by which a segment's rates are drawn towards the bank's. `half_life_days` of an
    opening's weight. `max_examples` bounds memory: the newest openings are counted.
    """

    kind: ClassVar[str] = "segment_popularity"
    space: ClassVar[Space] = {"prior_customers": Number(5.0, 500.0, is_log=True)}

    prior_customers: float = 50.0
    half_life_days: float = 365.0
    max_examples: int = 1_000_000


@dataclass(frozen=True)
class SegmentPopularityRecommender:
    """`rates` (n_segments + 1, n_products) float32: log of openings per customer without the product, by segment.

    The last row is for customers whose segment is not known: the rates of the whole bank.
    """

    encoder: CustomerEncoder
    segmentation: Segmentation
    rates: NDArray[np.float32]
    name: str = SegmentPopularityRecipe.kind

    noise: ClassVar[float] = NOISE

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`."""
        return self.rates[self.segmentation.segments(customers)]

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """See `Recommender.parts`: the rates of the whole bank, and what the segment adds to them."""
        parts = base_alone(customers, products, self.rates[-1][products])
        if self.segmentation.attribute != NO_ATTRIBUTE:
            lifts = (self.rates - self.rates[-1])[self.segmentation.segments(customers)[:, None], products]
            parts.contributions[..., self.segmentation.attribute] = np.where(products < 0, np.float32(0), lifts)
        return parts

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        return Stored(
            {"rates": self.rates},
            {
                "attribute": self.segmentation.attribute,
            },
        )


def fit_segment_popularity(
    recipe: SegmentPopularityRecipe,
    encoder: CustomerEncoder,
    training: TrainingSet,
    each_epoch: EachEpoch | None = None,
) -> SegmentPopularityRecommender:
    """Popularity (see `fit_popularity`) in each of the segments that `find_segmentation` finds.

    A segment's rates are smoothed as if `prior_customers` more had opened at the rates of the whole bank. Raises
    `ModelError` where nothing was opened.
    """
    rows = build_rows(encoder, training, recipe.half_life_days, recipe.max_examples)
    segmentation = find_segmentation(encoder, rows)
    rates = segment_rates(segmentation, rows, training, recipe.prior_customers)
    return SegmentPopularityRecommender(encoder, segmentation, rates)


def restore_segment_popularity(
    recipe: SegmentPopularityRecipe, encoder: CustomerEncoder, stored: Stored
) -> SegmentPopularityRecommender:
    """The model that `stored` came from."""
    return SegmentPopularityRecommender(
        encoder,
        Segmentation.of(encoder, int(stored.facts["attribute"])),  # type: ignore[arg-type]
        np.asarray(stored.arrays["rates"], np.float32),
    )


def segment_rates(
    segmentation: Segmentation, rows: TrainingRows, training: TrainingSet, prior_customers: float
) -> NDArray[np.float32]:
    """Log of openings per customer without the product, (n_segments + 1, n_products) float32; last the whole bank's."""
    opened = segmentation.openings(rows)
    without = segmentation.sums(training.customers, ~training.customers.held)
    of_bank = (opened.sum(axis=0) + _HALF_AN_OPENING) / (without.sum(axis=0) + PRIOR_CUSTOMERS)
    rates = (opened + prior_customers * of_bank) / (without + prior_customers)
    rates[-1] = of_bank
    logs: NDArray[np.float32] = np.log(rates).astype(np.float32)
    return logs
