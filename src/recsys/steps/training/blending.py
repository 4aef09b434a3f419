"""The blend of a training: its weights from what the inner folds have already scored, without another fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.blending import BlendWeights, cross_fitted, fit_blend_weights
from recsys.models.blend import BlendRecipe, Member
from recsys.models.popularity import PopularityRecipe, log_rates
from recsys.models.recipe import Recipe
from recsys.steps.training.persons_tested import persons_tested
from recsys.steps.training.selection import InnerTrials

_PRIOR = PopularityRecipe.kind

Scores: TypeAlias = Mapping[str, Sequence[NDArray[np.float32]]]


def with_blend(inner: InnerTrials, recipes: Mapping[str, Recipe], members: Collection[str]) -> dict[str, Recipe]:
    """`recipes` with weights for the blend, if one competes; `inner` gets its scores.

    The blend is of those `members` that compete and were fitted on all inner folds. Its weights are those of every
    tested customer twice, once with what is owned and once as of a stranger: it serves both. Where no weights can be
    had it stays without members, which is the reason that the contest gives for leaving it out.
    """
    fitted = inner.scores["warm"]
    present = [name for name in recipes if name in members and name in fitted]
    if BlendRecipe.kind not in recipes or not present or _PRIOR not in fitted:
        return dict(recipes)
    folds = [
        (_terms(scores, present, place), data.trial.take(data.rows))
        for scores in inner.scores.values()
        for place, data in enumerate(inner.folds)
    ]
    weights = fit_blend_weights(folds)
    if weights is None:
        return dict(recipes)
    blended = iter(cross_fitted(folds, persons_tested(inner.folds) * len(inner.scores)))
    for scores in inner.scores.values():
        scores[BlendRecipe.kind] = [next(blended).astype(np.float32) for _ in inner.folds]
    inner.unfitted.pop(BlendRecipe.kind, None)
    return {**recipes, BlendRecipe.kind: _weighted(recipes, present, weights)}


def _terms(scores: Scores, present: list[str], place: int) -> list[NDArray[np.floating]]:
    return [*(scores[name][place] for name in present), log_rates(scores[_PRIOR][place])]


def _weighted(recipes: Mapping[str, Recipe], present: list[str], weights: BlendWeights) -> Recipe:
    blend = recipes[BlendRecipe.kind]
    assert isinstance(blend, BlendRecipe)
    members = tuple(
        Member(recipes[name], float(temperature), float(weight))
        for name, temperature, weight in zip(present, weights.temperatures, weights.weights, strict=True)
        if weight > 0
    )
    return replace(blend, members=members, prior_weight=weights.prior_weight)
