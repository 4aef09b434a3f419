from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from recsys.errors import ModelError
from recsys.models.bundle import bundle_of, renew_identities
from recsys.models.candidates import BY_KIND as CANDIDATES
from recsys.models.candidates import default_recipes, fit, recipe_of
from recsys.models.factor_recipes import InductiveRecipe
from recsys.models.popularity import PopularityRecipe
from recsys.privacy.keys import renewed

from .checkerboard import board, missing_product
from .contract import PersonalRecommenderContract, RecommenderContract, longer

BY_KIND = default_recipes(seed=3)


class TestPopularity(RecommenderContract):
    recipe = BY_KIND["popularity"]


class TestCollaborative(PersonalRecommenderContract):
    recipe = longer(BY_KIND["collaborative"], 40)


class TestContent(PersonalRecommenderContract):
    recipe = longer(BY_KIND["content"], 10)


class TestHybrid(PersonalRecommenderContract):
    recipe = longer(BY_KIND["hybrid"], 10)


class TestInductive(PersonalRecommenderContract):
    recipe = longer(BY_KIND["inductive"], 10)


def test_popularity_is_openings_among_those_who_could_still_open():
    encoder, training = board()
    everybody_has_it = training.customers.held.copy()
    everybody_has_it[:, 0] = True
    few_could = replace(training, customers=encoder.with_held(training.customers, everybody_has_it))
    plain = fit(BY_KIND["popularity"], encoder, training).score(training.customers)[0]
    shifted = fit(BY_KIND["popularity"], encoder, few_could).score(training.customers)[0]
    assert shifted[0] > plain[0]
    np.testing.assert_array_equal(shifted[1:], plain[1:])


def test_recent_openings_count_more_for_popularity():
    encoder, training = board()
    recent = training.openings.opened.copy()
    recent[training.openings.product == 4] = np.datetime64(training.known_at)
    scores = fit(BY_KIND["popularity"], encoder, replace(training, openings=replace(training.openings, opened=recent)))
    assert scores.score(training.customers)[0].argmax() == 4


def test_only_models_that_say_so_keep_a_vector_per_person():
    encoder, training = board()
    n_vectors = {
        kind: len(fit(BY_KIND[kind], encoder, training).identities)
        for kind in ("collaborative", "content", "hybrid", "inductive")
    }
    everybody = len(training.customers)
    assert n_vectors == {"collaborative": everybody, "content": 0, "hybrid": everybody, "inductive": 0}
    assert {kind for kind in n_vectors if CANDIDATES[kind].keeps_vectors} == {"collaborative", "hybrid"}


def test_model_with_a_vector_per_person_scores_the_same_under_renewed_keys():
    encoder, training = board()
    model = fit(longer(BY_KIND["collaborative"], 3), encoder, training)
    bundle = bundle_of(model, fit(PopularityRecipe(), encoder, training), encoder, BY_KIND["collaborative"])
    links = [bytes([1] * 32), bytes([2] * 32)]
    customers = training.customers
    keys = renewed(pa.array(customers.person_keys.astype(str).tolist()), links)
    today = replace(customers, person_keys=np.array(keys.to_pylist(), dtype="S36"))
    assert not np.array_equal(model.score(today), model.score(customers))
    np.testing.assert_array_equal(renew_identities(bundle, links).recommender.score(today), model.score(customers))


def test_new_customer_of_the_inductive_hybrid_is_understood_without_training():
    encoder, training = board()
    model = fit(longer(BY_KIND["inductive"], 10), encoder, training)
    stranger = replace(training.customers.take(slice(0, 1)), person_keys=np.array([b"f" * 36]))
    scores = np.where(stranger.held, -np.inf, model.score(stranger))
    assert scores.argmax() == missing_product(0)


def test_learning_curve_sees_every_epoch():
    encoder, training = board()
    seen = []
    fit(longer(BY_KIND["inductive"], 3), encoder, training, lambda epoch, model: seen.append((epoch, model.name)))
    assert seen == [(1, "inductive"), (2, "inductive"), (3, "inductive")]


def test_only_the_newest_openings_are_learned_when_there_are_too_many():
    encoder, training = board()
    few = fit(replace(BY_KIND["collaborative"], max_examples=50), encoder, training)
    assert len(few.identities) <= 50


def test_diverging_fit_says_what_to_change():
    encoder, training = board()
    with pytest.raises(ModelError, match="diverged at learning rate"):
        fit(replace(BY_KIND["inductive"], learning_rate=1e20), encoder, training)


def test_nothing_to_learn_from_is_an_error():
    encoder, training = board()
    none = np.zeros(len(training.openings), dtype=bool)
    with pytest.raises(ModelError, match="nothing to learn from"):
        fit(BY_KIND["inductive"], encoder, replace(training, openings=training.openings.take(none)))


def test_recipe_survives_being_written():
    recipe = InductiveRecipe(n_factors=8, seed=11)
    assert recipe_of(recipe.to_json()) == recipe


@pytest.mark.parametrize("stored", [{"kind": "oracle"}, {"kind": "inductive", "n_layers": 2}])
def test_recipe_of_another_version_is_refused(stored):
    with pytest.raises(ModelError, match="cannot be read"):
        recipe_of(stored)
