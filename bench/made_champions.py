"""Champions of the made-up bank, with the size that training gives them."""

from __future__ import annotations

from collections.abc import Mapping

from bench.made_bank import AS_OF, N_PRODUCTS, TOP_N
from bench.made_openings import made_set
from recsys.models.blend import BlendRecipe, Member, blend_of
from recsys.models.bundle import bundle_of
from recsys.models.candidates import default_recipes, fit
from recsys.models.popularity import PopularityRecipe, fit_popularity
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.scoring import Adviser
from recsys.settings import Settings
from recsys.steps.adviser import telling_for


def made_advisers(n: int, catalogue: Catalogue, seed: int = 7) -> Mapping[str, Adviser]:
    """Advisers by the kind of their champion, fitted on `n` customers with the default recipes.

    The blend has the members that it has by default; equal weights take as long as fitted ones.
    """
    made = made_set(n, N_PRODUCTS, seed)
    recipes = default_recipes(seed)
    kinds = Settings.model_fields["blend_members"].default.split(",")
    members = {kind: fit(recipes[kind], made.encoder, made.training) for kind in kinds}
    recipe = BlendRecipe(members=tuple(Member(recipes[kind], 1.0, 1 / len(kinds)) for kind in kinds), prior_weight=0.1)
    blend = blend_of(recipe, made.encoder, made.training, list(members.values()))
    popularity = fit_popularity(PopularityRecipe(), made.encoder, made.training)
    champions = {"inductive": members["inductive"], "trees": members["trees"], "blend": blend}
    telling = telling_for(
        bundle_of(blend, popularity, made.encoder, recipe),
        catalogue,
        "EUR",
    )
    return {
        kind: Adviser(champion, popularity, telling, catalogue, AS_OF, TOP_N) for kind, champion in champions.items()
    }
