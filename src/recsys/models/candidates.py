"""The registry of candidates: one row for each kind of model, which is all that the rest of the program knows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recsys.features.encoder import CustomerEncoder
from recsys.models.als import AlsRecipe, fit_als, restore_als
from recsys.models.base import EachEpoch, Recommender, Stored
from recsys.models.blend import BlendRecipe, fit_blend, restore_blend
from recsys.models.ease import EaseRecipe, fit_ease, restore_ease
from recsys.models.examples import TrainingSet
from recsys.models.factor_recipes import CollaborativeRecipe, ContentRecipe, HybridRecipe, InductiveRecipe
from recsys.models.factorisation import fit_factors
from recsys.models.factors import restore_factors
from recsys.models.logistic import LogisticRecipe, fit_logistic
from recsys.models.owned_popularity import OwnedPopularityRecipe, fit_owned_popularity, restore_owned_popularity
from recsys.models.popularity import PopularityRecipe, fit_popularity, restore_popularity
from recsys.models.recipe import Recipe, unreadable
from recsys.models.segment_popularity import (
    SegmentPopularityRecipe,
    fit_segment_popularity,
    restore_segment_popularity,
)
from recsys.models.trees import TreesRecipe, fit_trees, restore_trees
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class Candidate:
    """How a kind of model is fitted and read back.

    `keeps_vectors`: it holds a vector per customer, so it is measured and may not serve (decision 6).
    `reads_features`: it sees the attributes of customers, and not only what they own.
    """

    recipe: type[Recipe]
    # Recipes of one kind only go in: a row's own.
    fit: Callable[[Any, CustomerEncoder, TrainingSet, EachEpoch | None], Recommender]
    restore: Callable[[Any, CustomerEncoder, Stored], Recommender]
    keeps_vectors: bool = False
    reads_features: bool = True

    @property
    def kind(self) -> str:
        """Its name everywhere: in MLflow, tables and settings."""
        return self.recipe.kind


# The simpler one comes first: of two that rank alike it is the one to look at.
CANDIDATES: tuple[Candidate, ...] = (
    Candidate(PopularityRecipe, fit_popularity, restore_popularity, reads_features=False),
    Candidate(SegmentPopularityRecipe, fit_segment_popularity, restore_segment_popularity),
    Candidate(OwnedPopularityRecipe, fit_owned_popularity, restore_owned_popularity),
    Candidate(EaseRecipe, fit_ease, restore_ease, reads_features=False),
    Candidate(AlsRecipe, fit_als, restore_als, reads_features=False),
    Candidate(CollaborativeRecipe, fit_factors, restore_factors, keeps_vectors=True, reads_features=False),
    Candidate(ContentRecipe, fit_factors, restore_factors),
    Candidate(HybridRecipe, fit_factors, restore_factors, keeps_vectors=True),
    Candidate(InductiveRecipe, fit_factors, restore_factors),
    Candidate(LogisticRecipe, fit_logistic, restore_factors),
    Candidate(TreesRecipe, fit_trees, restore_trees),
    Candidate(BlendRecipe, fit_blend, restore_blend),
)
BY_KIND: Mapping[str, Candidate] = {candidate.kind: candidate for candidate in CANDIDATES}


def candidate_of(recipe: Recipe) -> Candidate:
    """The row of a recipe's kind."""
    return BY_KIND[recipe.kind]


def default_recipes(seed: int, n_threads: int = 1) -> dict[str, Recipe]:
    """The default recipe of every kind."""
    return {candidate.kind: candidate.recipe(seed=seed, n_threads=n_threads) for candidate in CANDIDATES}


def fit(
    recipe: Recipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> Recommender:
    """Fit what `recipe` describes. Raises `ModelError` where it cannot be fitted on `training`."""
    return candidate_of(recipe).fit(recipe, encoder, training, each_epoch)


def recipe_of(values: Mapping[str, JSON]) -> Recipe:
    """The recipe that `Recipe.to_json` wrote. Raises `ModelError` for a kind or parameter that is not known."""
    candidate = BY_KIND.get(str(values.get("kind")))
    if candidate is None:
        raise unreadable(values.get("kind"), [])
    return candidate.recipe.of(values)


def restore(recipe: Recipe, encoder: CustomerEncoder, stored: Stored) -> Recommender:
    """The model of `recipe` that `stored` came from."""
    return candidate_of(recipe).restore(recipe, encoder, stored)
