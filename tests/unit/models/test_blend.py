from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import ModelError
from recsys.explanation.strongest import explain
from recsys.models.blend import BlendRecipe, Member
from recsys.models.candidates import fit, recipe_of
from recsys.models.factor_recipes import CollaborativeRecipe, InductiveRecipe
from recsys.models.logistic import LogisticRecipe
from recsys.models.popularity import PopularityRecipe, log_rates

from .checkerboard import board, open_telling
from .contract import PersonalRecommenderContract
from .test_trees import SMALL

INDUCTIVE = InductiveRecipe(n_epochs=5, seed=3)
WEIGHTED = BlendRecipe(
    members=(Member(INDUCTIVE, 0.8, 0.2), Member(LogisticRecipe(seed=3), 1.1, 0.6), Member(SMALL, 1.5, 0.3)),
    prior_weight=0.1,
    seed=3,
)


class TestBlend(PersonalRecommenderContract):
    recipe = WEIGHTED


class TestBlendThatTreesWeighMostIn(PersonalRecommenderContract):
    recipe = BlendRecipe(members=(Member(SMALL, 1.0, 0.9), Member(INDUCTIVE, 1.0, 0.1)))


class TestBlendWithAMemberThatCannotSayWhy(PersonalRecommenderContract):
    recipe = BlendRecipe(members=(Member(PopularityRecipe(), 1.0, 0.1), Member(LogisticRecipe(), 1.0, 0.9)))


def test_score_is_the_sum_of_what_the_members_and_popularity_say():
    encoder, training = board()
    customers = training.customers
    expected = 0.1 * log_rates(fit(PopularityRecipe(), encoder, training).score(customers))
    for member in WEIGHTED.members:
        expected = expected + member.weight / member.temperature * fit(member.recipe, encoder, training).score(
            customers
        )
    np.testing.assert_allclose(fit(WEIGHTED, encoder, training).score(customers), expected, rtol=1e-4, atol=1e-4)


def test_chances_are_those_of_the_members_to_the_power_of_their_weights():
    encoder, training = board()
    customers = training.customers

    def chances(scores: np.ndarray) -> np.ndarray:
        odds = np.where(customers.held, 0, np.exp(scores))
        return odds / odds.sum(axis=1, keepdims=True)

    product = np.exp(0.1 * log_rates(fit(PopularityRecipe(), encoder, training).score(customers)))
    for member in WEIGHTED.members:
        scores = fit(member.recipe, encoder, training).score(customers).astype(np.float64)
        product = product * chances(scores / member.temperature) ** member.weight
    blended = fit(WEIGHTED, encoder, training).score(customers).astype(np.float64)
    np.testing.assert_allclose(product / product.sum(axis=1, keepdims=True), chances(blended), rtol=1e-3, atol=1e-6)


def test_reasons_are_those_of_the_members_added_up():
    encoder, training = board()
    customers = training.customers
    places = np.argsort(-fit(WEIGHTED, encoder, training).score(customers), axis=1)[:, :3]
    said = fit(WEIGHTED, encoder, training).parts(customers, places).contributions
    expected = sum(
        member.factor * fit(member.recipe, encoder, training).parts(customers, places).contributions
        for member in WEIGHTED.members
    )
    np.testing.assert_allclose(said, expected, rtol=1e-4, atol=1e-5)


def test_popularity_is_the_reason_where_no_member_says_anything_of_the_customer():
    encoder, training = board()
    model = fit(BlendRecipe(members=(Member(PopularityRecipe(), 1.0, 1.0),)), encoder, training)
    telling, places = open_telling(encoder), np.tile(np.arange(10), (len(training.customers), 1))
    reasons = explain(model, telling, training.customers, places)[..., 0]
    assert {telling.reasons[number].code for number in np.unique(reasons)} == {"popular", "available"}


def test_recipe_with_members_survives_being_written():
    assert recipe_of(WEIGHTED.to_json()) == WEIGHTED


@pytest.mark.parametrize("members", [[{"recipe": {"kind": "logistic"}}], [3], [{"recipe": {"kind": "oracle"}}]])
def test_members_of_another_version_are_refused(members):
    with pytest.raises(ModelError, match="cannot be read"):
        recipe_of({"kind": "blend", "members": members})


def test_blend_without_weights_says_why_it_is_left_out():
    encoder, training = board()
    with pytest.raises(ModelError, match="no inner fold gave any"):
        fit(BlendRecipe(), encoder, training)


def test_vectors_of_persons_do_not_hide_in_a_blend():
    encoder, training = board()
    hiding = BlendRecipe(members=(Member(CollaborativeRecipe(), 1.0, 1.0),))
    with pytest.raises(ModelError, match="vector per customer: collaborative"):
        fit(hiding, encoder, training)


def test_member_that_cannot_be_fitted_is_the_reason_why_the_blend_cannot():
    encoder, training = board()
    diverging = Member(replace(INDUCTIVE, learning_rate=1e20), 1.0, 1.0)
    with pytest.raises(ModelError, match="diverged"):
        fit(BlendRecipe(members=(diverging,)), encoder, training)
