from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import ModelError, SettingsError
from recsys.models.blend import BlendRecipe, BlendRecommender
from recsys.models.candidates import default_recipes
from recsys.models.recipe import Recipe
from recsys.steps.train_models import kinds_of
from recsys.steps.training.blending import with_blend
from recsys.steps.training.fitting import PROTOCOLS, fit_on_fold, score_tested
from recsys.steps.training.persons_tested import persons_tested
from recsys.steps.training.selection import InnerTrials, try_on_inner_folds

from .fold_of_the_checkerboard import fold

MEMBERS = ("inductive", "logistic")


def recipes() -> dict[str, Recipe]:
    all_kinds = default_recipes(seed=3)
    return {kind: all_kinds[kind] for kind in ("popularity", *MEMBERS, "blend")}


@pytest.fixture(scope="module")
def inner() -> InnerTrials:
    return try_on_inner_folds([fold()], recipes(), lambda done, total, unit: None)


def copied(inner: InnerTrials) -> InnerTrials:
    scores = {protocol: dict(of_recipes) for protocol, of_recipes in inner.scores.items()}
    return replace(inner, scores=scores, unfitted=dict(inner.unfitted))


def test_blend_gets_its_weights_and_scores_from_what_the_folds_have_scored(inner: InnerTrials):
    trials = copied(inner)
    assert "no inner fold gave any" in trials.unfitted["blend"]
    blend = with_blend(trials, recipes(), MEMBERS)["blend"]
    assert isinstance(blend, BlendRecipe)
    assert {member.recipe.kind for member in blend.members} <= set(MEMBERS)
    assert all(member.weight > 0 and member.temperature > 0 for member in blend.members)
    assert {member.recipe for member in blend.members} <= set(recipes().values())
    assert trials.unfitted == {}
    for scores in trials.scores.values():
        assert scores["blend"][0].shape == scores["logistic"][0].shape
    assert trials.mean_ndcg()["blend"] > 0.95


def test_only_members_that_were_fitted_and_wanted_take_part(inner: InnerTrials):
    trials = copied(inner)
    for scores in trials.scores.values():
        del scores["inductive"]
    blend = with_blend(trials, recipes(), MEMBERS)["blend"]
    assert [member.recipe.kind for member in blend.members] == ["logistic"]
    assert with_blend(copied(inner), recipes(), ("trees",)) == recipes()


def test_without_an_inner_fold_the_blend_stays_without_members():
    without = InnerTrials([], {protocol: {kind: [] for kind in recipes()} for protocol in PROTOCOLS})
    assert with_blend(without, recipes(), MEMBERS) == recipes()


def test_blend_that_does_not_compete_is_not_made(inner: InnerTrials):
    fewer = {kind: recipe for kind, recipe in recipes().items() if kind != "blend"}
    trials = copied(inner)
    assert with_blend(trials, fewer, MEMBERS) == fewer
    assert not any("blend" in scores for scores in trials.scores.values())


def test_weights_are_also_those_of_customers_of_whom_nothing_owned_is_known(inner: InnerTrials):
    trials = copied(inner)
    fold = trials.folds[0]
    # Of strangers the regression knows nothing any more, and the hybrid everything.
    trials.scores["cold"]["logistic"] = [np.zeros_like(trials.scores["cold"]["logistic"][0])]
    trials.scores["cold"]["inductive"] = [fold.trial.relevant.astype(np.float32)]
    weights = {member.recipe.kind: member.factor for member in with_blend(trials, recipes(), MEMBERS)["blend"].members}
    known = copied(inner)
    known.scores["cold"] = known.scores["warm"]
    others = {member.recipe.kind: member.factor for member in with_blend(known, recipes(), MEMBERS)["blend"].members}
    assert weights["inductive"] > others.get("inductive", 0.0)


def test_kind_that_does_not_exist_is_named_with_its_setting():
    with pytest.raises(SettingsError, match="RECSYS_BLEND_MEMBERS names oracle"):
        kinds_of("logistic, oracle", "RECSYS_BLEND_MEMBERS")


def test_blend_of_models_that_a_fold_has_fitted_is_the_blend_that_is_fitted_anew(inner: InnerTrials):
    blend, data = with_blend(copied(inner), recipes(), MEMBERS)["blend"], fold()
    earlier = {recipes()[kind]: fit_on_fold(recipes()[kind], data) for kind in MEMBERS}
    reused, anew = fit_on_fold(blend, data, earlier=earlier), fit_on_fold(blend, data)
    np.testing.assert_array_equal(score_tested(reused.model, data), score_tested(anew.model, data))
    assert isinstance(reused.model, BlendRecommender)
    assert {id(model) for model in reused.model.models} <= {id(one.model) for one in earlier.values()}
    with pytest.raises(ModelError, match="no inner fold gave any"):
        fit_on_fold(BlendRecipe(), data, earlier=earlier)


def test_person_has_one_number_in_all_folds():
    data = fold()
    numbers = persons_tested([data, replace(data, rows=data.rows[::-2])])
    np.testing.assert_array_equal(numbers[0], np.arange(len(data.rows)))
    np.testing.assert_array_equal(numbers[1], numbers[0][::-2])
    assert persons_tested([]) == []
