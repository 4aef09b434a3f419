"""One candidate on one fold: fitted on what was known, scored as the fold shows its customers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.measuring import ndcg_of
from recsys.features.block import CustomerBlock
from recsys.models.base import Recommender
from recsys.models.blend import BlendRecipe, blend_of
from recsys.models.candidates import fit
from recsys.models.recipe import Recipe
from recsys.steps.block_size import customers_per_block
from recsys.steps.training.folds import FoldData

# What is shown of a customer: what he owns and who he is, or his attributes only, as if he had come today.
Protocol = Literal["warm", "cold"]
PROTOCOLS: tuple[Protocol, ...] = ("warm", "cold")

# A point of a learning curve is one ranking of so many customers.
_CURVE_CUSTOMERS = 5_000


@dataclass(frozen=True)
class Fitted:
    """A model that was fitted on a fold, and its learning curve where one was asked for.

    `fit_seconds` are those of the fit alone, without what it took to rank for the curve.
    """

    model: Recommender
    fit_seconds: float
    curve: Mapping[int, float] = field(default_factory=dict)


def fit_on_fold(
    recipe: Recipe, data: FoldData, *, has_curve: bool = False, earlier: Mapping[Recipe, Fitted] | None = None
) -> Fitted:
    """Fit `recipe` on what was known at the fold's origin. Raises `ModelError` where it cannot be.

    A blend is made of its members where all of them are among those that were fitted `earlier` on this fold, and took
    as long as they did.
    """
    if isinstance(recipe, BlendRecipe) and {member.recipe for member in recipe.members} <= (earlier or {}).keys():
        members = [(earlier or {})[member.recipe] for member in recipe.members]
        blend = blend_of(recipe, data.known.encoder, data.known.training, [member.model for member in members])
        return Fitted(blend, sum(member.fit_seconds for member in members))
    known, some = data.known, data.rows[:_CURVE_CUSTOMERS]
    curve: dict[int, float] = {}
    noting = 0.0

    def note(epoch: int, model: Recommender) -> None:
        nonlocal noting
        began = time.perf_counter()
        scores = model.score(known.training.customers.take(some))
        curve[epoch] = ndcg_of(scores, data.trial.candidates[some], data.trial.relevant[some])
        noting += time.perf_counter() - began

    began = time.perf_counter()
    model = fit(recipe, known.encoder, known.training, note if has_curve else None)
    return Fitted(model, time.perf_counter() - began - noting, curve)


def score_blocks(model: Recommender, data: FoldData, protocol: Protocol = "warm") -> Iterator[NDArray[np.float32]]:
    """Scores of all customers of the fold, block by block, (n, n_products) float32 each."""
    size = customers_per_block(data.known.training.n_products)
    for start in range(0, len(data.known.training.customers), size):
        yield model.score(_shown(data, slice(start, start + size), protocol))


def score_tested(model: Recommender, data: FoldData, protocol: Protocol = "warm") -> NDArray[np.float32]:
    """Scores of the customers with a test, (len(data.rows), n_products) float32."""
    size = customers_per_block(data.known.training.n_products)
    parts = [data.rows[start : start + size] for start in range(0, len(data.rows), size)]
    return np.concatenate([model.score(_shown(data, part, protocol)) for part in parts])


def _shown(data: FoldData, rows: NDArray[np.int64] | slice, protocol: Protocol) -> CustomerBlock:
    """The customers at `rows` as the protocol shows them."""
    block = data.known.training.customers.take(rows)
    return block if protocol == "warm" else data.known.encoder.as_strangers(block)
