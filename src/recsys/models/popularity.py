"""Popularity: what customers who could open a product have been opening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import NOISE, EachEpoch, Stored
from recsys.models.examples import TrainingSet, recency_weights
from recsys.models.parts import Parts, base_alone
from recsys.models.recipe import Recipe

# A product that two people could open and one did is no bestseller.
PRIOR_CUSTOMERS = 50.0
POPULARITY_DEFINITION = (
    "openings, each halved for every half_life_days of its age, "
    f"divided by the number of customers who do not hold the product plus {PRIOR_CUSTOMERS:g}"
)


@dataclass(frozen=True)
class PopularityRecipe(Recipe):
    """`half_life_days`: age at which an opening counts half."""

    kind: ClassVar[str] = "popularity"

    half_life_days: float = 365.0


@dataclass(frozen=True)
class PopularityRecommender:
    """The same score for everybody, shape (n_products,)."""

    product_ids: tuple[str, ...]
    scores: NDArray[np.float32]
    name: str = "popularity"
    noise: ClassVar[float] = NOISE

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`."""
        return np.tile(self.scores, (len(customers), 1))

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """See `Recommender.parts`: nothing is known of anybody."""
        return base_alone(customers, products, self.scores[products])

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        return Stored({"scores": self.scores})


def fit_popularity(
    recipe: PopularityRecipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> PopularityRecommender:
    """Openings, weighted by recency, per customer who does not hold the product.

    Plain counts of holders would put products first that everybody who could have them has. Dividing by those who do
    not hold it yet makes it a rate of opening among the customers to whom it could be offered, and in a snapshot,
    where openings are holdings, the odds of holding it: the same order as by number of holders.
    """
    openings = training.openings
    weights = recency_weights(openings.opened, training.known_at, recipe.half_life_days)
    opened = np.bincount(openings.product, weights=weights, minlength=training.n_products)
    without = len(training.customers) - training.customers.held.sum(axis=0)
    scores = opened / (without + PRIOR_CUSTOMERS)
    return PopularityRecommender(encoder.product_ids, scores.astype(np.float32))


def log_rates(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Logarithms of popularity scores, of one shape; a product that was never opened counts half of the rarest one."""
    opened = scores[scores > 0]
    logarithms: NDArray[np.float64] = np.log(np.maximum(scores, opened.min() / 2 if len(opened) else 1), dtype=float)
    return logarithms


def restore_popularity(recipe: PopularityRecipe, encoder: CustomerEncoder, stored: Stored) -> PopularityRecommender:
    """The model that `stored` came from."""
    return PopularityRecommender(encoder.product_ids, np.asarray(stored.arrays["scores"], np.float32))
