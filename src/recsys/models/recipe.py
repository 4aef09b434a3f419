"""Recipes: what a candidate is made of, apart from the data. The same recipe can be fitted again on any data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal

from recsys.errors import ModelError
from recsys.types import JSON

Kind = Literal["popularity", "collaborative", "content", "hybrid"]
KINDS: tuple[Kind, ...] = ("popularity", "collaborative", "content", "hybrid")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A candidate and its parameters; those that its kind does not use stay at their defaults.

    `half_life_days` of an opening's weight. `max_examples` bounds time and memory: the newest openings are kept.
    """

    kind: Kind
    n_factors: int = 24
    n_epochs: int = 12
    learning_rate: float = 0.03
    regularisation: float = 1e-5
    half_life_days: float = 365.0
    max_examples: int = 150_000
    seed: int = 7

    @property
    def is_inductive(self) -> bool:
        """Whether it keeps no vector per customer, so that it may serve: see decision 6."""
        return self.kind != "collaborative"

    def to_json(self) -> dict[str, JSON]:
        """As parameters of a run and in a stored model."""
        return asdict(self)


def recipe_of(values: Mapping[str, JSON]) -> Recipe:
    """The recipe that `to_json` wrote. Raises `ModelError` for a kind or parameter that this version does not know."""
    names = {field.name for field in fields(Recipe)}
    unknown = sorted(set(values) - names)
    if unknown or values.get("kind") not in KINDS:
        raise ModelError(
            f"The stored recipe cannot be read: kind {values.get('kind')!r}, unknown parameters {unknown}.",
            remedy="It was written by another version; train again with --train always.",
        )
    return Recipe(**values)  # type: ignore[arg-type]


def candidate_recipes(seed: int) -> tuple[Recipe, ...]:
    """The candidates that compete in every training, with the parameters that were found to work.

    A person's own vector is learned from a few openings only: more or faster epochs learn them by heart, and the
    products not opened as dislikes.
    """
    return (
        Recipe("popularity", seed=seed),
        Recipe("collaborative", n_epochs=5, learning_rate=0.02, regularisation=1e-4, seed=seed),
        Recipe("content", seed=seed),
        Recipe("hybrid", seed=seed),
    )
