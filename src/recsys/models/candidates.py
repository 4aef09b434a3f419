"""Every kind of candidate is fitted by one call."""

from __future__ import annotations

from recsys.features.encoder import CustomerEncoder
from recsys.models.base import Recommender
from recsys.models.examples import TrainingSet
from recsys.models.factorisation import EachEpoch, fit_factors
from recsys.models.popularity import fit_popularity
from recsys.models.recipe import Recipe


def fit(
    recipe: Recipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> Recommender:
    """Fit what `recipe` describes. `each_epoch` sees the models on the way, where there are epochs."""
    if recipe.kind == "popularity":
        return fit_popularity(recipe, training, encoder.product_ids)
    return fit_factors(recipe, encoder, training, each_epoch)
