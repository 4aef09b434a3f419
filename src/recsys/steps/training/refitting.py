"""The winner fitted for serving: on all persons, or on `max_refit_persons` of them where there are more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from recsys.models.blend import BlendRecipe
from recsys.models.bundle import Bundle, bundle_of
from recsys.models.candidates import fit
from recsys.models.popularity import PopularityRecipe, fit_popularity
from recsys.models.recipe import Recipe
from recsys.steps.context import StepContext
from recsys.steps.training.folds import read_known


@dataclass(frozen=True, slots=True)
class Refit:
    """A recipe fitted for serving, and on what."""

    bundle: Bundle
    fitted_on: str


def refit(context: StepContext, recipe: Recipe, as_of: date) -> Refit:
    """Fit a recipe on everything that is known up to `as_of` of all persons, or of `max_refit_persons` of them."""
    with context.connect() as connection:
        known = read_known(connection, as_of, as_of, context.settings.max_refit_persons)
    popularity = fit_popularity(PopularityRecipe(seed=context.settings.seed), known.encoder, known.training)
    recommender = fit(recipe, known.encoder, known.training)
    bundle = bundle_of(recommender, popularity, known.encoder, recipe)
    return Refit(bundle, fitted_on(recipe, len(known.training.customers), len(known.training.openings)))


def fitted_on(recipe: Recipe, n_customers: int, n_openings: int) -> str:
    """What a model was fitted on, and which of its members learned from a part of that."""
    said = f"{n_customers:,} customers with {n_openings:,} openings"
    for one in [member.recipe for member in recipe.members] if isinstance(recipe, BlendRecipe) else [recipe]:
        most = one.to_json().get("max_examples")
        if isinstance(most, int) and most < n_openings:
            said += f"; {one.kind} on no more than the newest {most:,} of them"
    return said
