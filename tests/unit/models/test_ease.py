from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import ModelError
from recsys.explanation.strongest import explain
from recsys.models.candidates import fit
from recsys.models.ease import EaseRecipe

from .checkerboard import N_PRODUCTS, board, open_telling
from .contract import PersonalRecommenderContract

RECIPE = EaseRecipe(seed=3)


class TestEase(PersonalRecommenderContract):
    recipe = RECIPE


def test_each_product_is_the_ridge_regression_on_all_others():
    encoder, training = board()
    generator = np.random.default_rng(0)
    held = generator.random(training.customers.held.shape) < 0.4
    training = replace(training, customers=encoder.with_held(training.customers, held))
    model = fit(replace(RECIPE, penalty=5.0), encoder, training)
    for product in range(N_PRODUCTS):
        others = np.delete(held, product, axis=1).astype(float)
        columns = np.hstack([others, np.ones((len(held), 1))])
        penalties = np.diag([*[5.0] * (N_PRODUCTS - 1), 1.0])
        solved = np.linalg.solve(columns.T @ columns + penalties, columns.T @ held[:, product].astype(float))
        np.testing.assert_allclose(np.delete(model.weights[:, product], product), solved[:-1], atol=1e-5)
        np.testing.assert_allclose(model.starts[product], solved[-1], atol=1e-5)
        assert model.weights[product, product] == 0


def test_customer_without_known_products_gets_the_shares_of_all():
    encoder, training = board()
    nothing = encoder.with_held(training.customers, np.zeros_like(training.customers.held))
    scores = fit(RECIPE, encoder, training).score(nothing)
    np.testing.assert_allclose(scores, np.tile(training.customers.held.mean(axis=0), (len(scores), 1)), rtol=1e-6)


def test_product_that_nobody_owns_yet_breaks_nothing():
    encoder, training = board()
    held = training.customers.held.copy()
    held[:, 4] = False
    model = fit(RECIPE, encoder, replace(training, customers=encoder.with_held(training.customers, held)))
    assert np.isfinite(model.score(training.customers)).all()
    np.testing.assert_allclose(model.weights[:, 4], 0, atol=1e-6)


def test_reason_is_the_owned_product_that_adds_most():
    encoder, training = board()
    model = fit(RECIPE, encoder, training)
    customers = training.customers
    best = np.where(customers.held, -np.inf, model.score(customers)).argmax(axis=1)
    telling = open_telling(encoder)
    first = explain(model, telling, customers, best[:, None], 1)[:, 0, 0]
    adds = np.where(customers.held, model.weights[:, best].T, -np.inf)
    strongest = adds.argmax(axis=1)
    assert [telling.reasons[number].code for number in first] == [f"holds:p{product}" for product in strongest]


def test_bank_in_which_nobody_owns_anything_has_nothing_to_learn_from():
    encoder, training = board()
    nothing = encoder.with_held(training.customers, np.zeros_like(training.customers.held))
    with pytest.raises(ModelError, match="Nobody owns anything"):
        fit(RECIPE, encoder, replace(training, customers=nothing))


def test_small_change_of_a_rare_products_share_is_a_reason_and_of_a_common_ones_is_not():
    encoder, training = board()
    weights = np.zeros((N_PRODUCTS, N_PRODUCTS), np.float32)
    weights[2, 0] = weights[2, 1] = 0.003
    shares = np.full(N_PRODUCTS, 0.5, np.float32)
    shares[1] = 0.01
    model = replace(fit(RECIPE, encoder, training), weights=weights, shares=shares)
    telling = open_telling(encoder)
    first = explain(model, telling, training.customers.take([0]), np.array([[0, 1]]), 1)[0, :, 0]
    assert [telling.reasons[number].code for number in first] == ["popular", "holds:p2"]
