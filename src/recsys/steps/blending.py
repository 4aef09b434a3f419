"""The blend of a training: its weights from what the inner folds have already scored, without another fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.blending import BlendWeights, cross_fitted, fit_blend_weights
from recsys.models.blend import BlendRecipe, Member
from recsys.models.popularity import PopularityRecipe, log_rates
from recsys.models.recipe import Recipe
from recsys.steps.selection import InnerTrials

_PRIOR = PopularityRecipe.kind


def with_blend(inner: InnerTrials, recipes: Mapping[str, Recipe], members: Collection[str]) -> dict[str, Recipe]:
    """`recipes` with weights for the blend, if one competes; `inner` gets its scores.

    The blend is of those `members` that compete and were fitted on all inner folds. Where no weights can be had it
    stays without members, which is the reason that the contest gives for leaving it out.
    """
    present = [name for name in recipes if name in members and name in inner.scores]
    if BlendRecipe.kind not in recipes or not present or _PRIOR not in inner.scores:
        return dict(recipes)
    folds = [(_terms(inner, present, place), data.trial.take(data.rows)) for place, data in enumerate(inner.folds)]
    weights = fit_blend_weights(folds)
    if weights is None:
        return dict(recipes)
    inner.scores[BlendRecipe.kind] = [scores.astype(np.float32) for scores in cross_fitted(folds)]
    inner.unfitted.pop(BlendRecipe.kind, None)
    return {**recipes, BlendRecipe.kind: _weighted(recipes, present, weights)}


def _terms(inner: InnerTrials, present: list[str], place: int) -> list[NDArray[np.floating]]:
    prior = log_rates(inner.scores[_PRIOR][place])
    return [*(inner.scores[name][place] for name in present), prior]


def _weighted(recipes: Mapping[str, Recipe], present: list[str], weights: BlendWeights) -> Recipe:
    blend = recipes[BlendRecipe.kind]
    assert isinstance(blend, BlendRecipe)
    members = tuple(
        Member(recipes[name], float(temperature), float(weight))
        for name, temperature, weight in zip(present, weights.temperatures, weights.weights, strict=True)
        if weight > 0
    )
    return replace(blend, members=members, prior_weight=weights.prior_weight)
