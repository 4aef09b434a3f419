from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.unit.models.checkerboard import KNOWN_AT, N_CUSTOMERS, board, missing_product

from recsys.errors import SettingsError
from recsys.evaluation.splits import Fold
from recsys.evaluation.trial import Trial
from recsys.models.blend import BlendRecipe
from recsys.models.candidates import default_recipes
from recsys.models.recipe import Recipe
from recsys.steps.blending import with_blend
from recsys.steps.folds import FoldData, Known
from recsys.steps.selection import InnerTrials, try_on_inner_folds
from recsys.steps.train_models import kinds_of

MEMBERS = ("inductive", "logistic")


def fold() -> FoldData:
    """The bank of the checkerboard, in which everybody opens the square that he lacks."""
    encoder, training = board()
    candidates = ~training.customers.held
    relevant = np.zeros_like(candidates)
    relevant[np.arange(N_CUSTOMERS), [missing_product(number) for number in range(N_CUSTOMERS)]] = True
    known = Known(encoder, training, training.openings.take(slice(0, 0)), 0, 0)
    origin = Fold(KNOWN_AT, KNOWN_AT + timedelta(days=60), is_inner=True)
    return FoldData(origin, known, Trial(candidates, relevant), np.arange(N_CUSTOMERS), (), has_spending=False)


def recipes() -> dict[str, Recipe]:
    all_kinds = default_recipes(seed=3)
    return {kind: all_kinds[kind] for kind in ("popularity", *MEMBERS, "blend")}


@pytest.fixture(scope="module")
def inner() -> InnerTrials:
    return try_on_inner_folds([fold()], recipes(), lambda done, total, unit: None)


def copied(inner: InnerTrials) -> InnerTrials:
    return replace(inner, scores=dict(inner.scores), unfitted=dict(inner.unfitted))


def test_blend_gets_its_weights_and_scores_from_what_the_folds_have_scored(inner: InnerTrials):
    trials = copied(inner)
    assert "no inner fold gave any" in trials.unfitted["blend"]
    blend = with_blend(trials, recipes(), MEMBERS)["blend"]
    assert isinstance(blend, BlendRecipe)
    assert {member.recipe.kind for member in blend.members} <= set(MEMBERS)
    assert all(member.weight > 0 and member.temperature > 0 for member in blend.members)
    assert {member.recipe for member in blend.members} <= set(recipes().values())
    assert trials.unfitted == {}
    assert trials.scores["blend"][0].shape == trials.scores["logistic"][0].shape
    assert trials.mean_ndcg()["blend"] > 0.95


def test_only_members_that_were_fitted_and_wanted_take_part(inner: InnerTrials):
    trials = copied(inner)
    del trials.scores["inductive"]
    blend = with_blend(trials, recipes(), MEMBERS)["blend"]
    assert [member.recipe.kind for member in blend.members] == ["logistic"]
    assert with_blend(copied(inner), recipes(), ("trees",)) == recipes()


def test_without_an_inner_fold_the_blend_stays_without_members():
    without = InnerTrials([], {kind: [] for kind in recipes()})
    assert with_blend(without, recipes(), MEMBERS) == recipes()


def test_blend_that_does_not_compete_is_not_made(inner: InnerTrials):
    fewer = {kind: recipe for kind, recipe in recipes().items() if kind != "blend"}
    trials = copied(inner)
    assert with_blend(trials, fewer, MEMBERS) == fewer
    assert "blend" not in trials.scores


def test_kind_that_does_not_exist_is_named_with_its_setting():
    with pytest.raises(SettingsError, match="RECSYS_BLEND_MEMBERS names oracle"):
        kinds_of("logistic, oracle", "RECSYS_BLEND_MEMBERS")
