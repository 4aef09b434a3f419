"""A log-linear blend: the chances that several models give, multiplied with weights, and the popularity prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import NOISE, EachEpoch, Recommender, Stored
from recsys.models.examples import TrainingSet
from recsys.models.parts import Parts, base_alone
from recsys.models.popularity import PopularityRecipe, fit_popularity, log_rates
from recsys.models.recipe import Recipe, unreadable
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class Member:
    """One model of a blend: its chances are the softmax of score / `temperature`, and have this `weight`."""

    recipe: Recipe
    temperature: float
    weight: float

    @property
    def factor(self) -> float:
        """What its scores are multiplied by."""
        return self.weight / self.temperature


@dataclass(frozen=True)
class BlendRecipe(Recipe):
    """Members and weights, which the inner folds gave; `prior_weight` of the logarithm of popularity."""

    kind: ClassVar[str] = "blend"

    members: tuple[Member, ...] = ()
    prior_weight: float = 0.0

    def to_json(self) -> dict[str, JSON]:
        """See `Recipe.to_json`."""
        members: list[JSON] = [
            {"recipe": member.recipe.to_json(), "temperature": member.temperature, "weight": member.weight}
            for member in self.members
        ]
        return {**super().to_json(), "members": members}

    @classmethod
    def of(cls, values: Mapping[str, JSON]) -> Self:
        """See `Recipe.of`."""
        # The registry has a row for the blend, and the blend has members from the registry.
        from recsys.models.candidates import recipe_of

        stored: Any = values.get("members", ())
        try:
            members = tuple(Member(recipe_of(one["recipe"]), one["temperature"], one["weight"]) for one in stored)
        except (KeyError, TypeError) as error:
            raise unreadable(cls.kind, ["members"]) from error
        return super().of({**values, "members": members})  # type: ignore[dict-item]


@dataclass(frozen=True)
class BlendRecommender:
    """Scores are sums over `models`, each times its factor (n_models,), and `prior` (n_products,) float32.

    Up to a constant per customer the scores are logarithms of
    chances: the chances of the members, each to the power of its weight, multiplied (a logarithmic opinion pool,
    Genest and Zidek 1986). The constants do not rank, so no softmax is needed.
    """

    name: str
    encoder: CustomerEncoder
    models: tuple[Recommender, ...]
    factors: tuple[float, ...]
    prior: NDArray[np.float32]

    noise: ClassVar[float] = NOISE

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`."""
        scores = np.tile(self.prior, (len(customers), 1))
        for model, factor in zip(self.models, self.factors, strict=True):
            scores += np.float32(factor) * model.score(customers)
        return scores

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """See `Recommender.parts`: the weighted sum of the members' accounts, and the prior in the base."""
        parts = base_alone(customers, products, self.prior[products])
        for model, factor in zip(self.models, self.factors, strict=True):
            if factor:
                parts += model.parts(customers, products).times(factor)
        return parts

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        arrays: dict[str, NDArray[np.generic]] = {"prior": self.prior}
        facts: list[JSON] = []
        for number, model in enumerate(self.models):
            of_model = model.stored()
            arrays |= {f"{number}:{name}": array for name, array in of_model.arrays.items()}
            facts.append(dict(of_model.facts))
        return Stored(arrays, {"members": facts})


def fit_blend(
    recipe: BlendRecipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> BlendRecommender:
    """Fit every member. Raises `ModelError` where there is none, or one of them cannot be fitted or may not serve."""
    from recsys.models.candidates import fit

    return blend_of(recipe, encoder, training, [fit(member.recipe, encoder, training) for member in recipe.members])


def blend_of(
    recipe: BlendRecipe, encoder: CustomerEncoder, training: TrainingSet, models: Sequence[Recommender]
) -> BlendRecommender:
    """The blend of `models`, which are the recipe's members fitted on `training`, in their order.

    Raises `ModelError` where there is none, or one of them may not serve.
    """
    _check_members(recipe)
    popularity = log_rates(fit_popularity(PopularityRecipe(), encoder, training).scores)
    return BlendRecommender(
        name=recipe.kind,
        encoder=encoder,
        models=tuple(models),
        prior=np.asarray(recipe.prior_weight * popularity, np.float32),
        factors=tuple(member.factor for member in recipe.members),
    )


def _check_members(recipe: BlendRecipe) -> None:
    from recsys.models.candidates import candidate_of

    if not recipe.members:
        raise ModelError(
            "A blend has the weights that inner folds give its members, and no inner fold gave any.",
            remedy="Nothing needs doing: with a longer history, or more customers, there are inner folds.",
        )
    if vectors := sorted(member.recipe.kind for member in recipe.members if candidate_of(member.recipe).keeps_vectors):
        raise ModelError(
            f"A blend may not have members that keep a vector per customer: {', '.join(vectors)}.",
            remedy="Leave them out of RECSYS_BLEND_MEMBERS.",
        )


def restore_blend(recipe: BlendRecipe, encoder: CustomerEncoder, stored: Stored) -> BlendRecommender:
    """The model that `stored` came from."""
    from recsys.models.candidates import restore

    facts: Any = stored.facts
    models = tuple(
        restore(member.recipe, encoder, _member_stored(stored, number, facts["members"][number]))
        for number, member in enumerate(recipe.members)
    )
    return BlendRecommender(
        name=recipe.kind,
        encoder=encoder,
        models=models,
        prior=np.asarray(stored.arrays["prior"], np.float32),
        factors=tuple(member.factor for member in recipe.members),
    )


def _member_stored(stored: Stored, number: int, facts: Mapping[str, JSON]) -> Stored:
    prefix = f"{number}:"
    arrays = {name.removeprefix(prefix): stored.arrays[name] for name in stored.arrays if name.startswith(prefix)}
    return Stored(arrays, facts)
