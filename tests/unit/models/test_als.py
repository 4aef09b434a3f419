from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from recsys.models import als
from recsys.models.als import AlsRecipe, AlsRecommender
from recsys.models.candidates import fit

from .checkerboard import N_CUSTOMERS, board
from .contract import PersonalRecommenderContract

RECIPE = AlsRecipe(seed=3)


class TestAls(PersonalRecommenderContract):
    recipe = RECIPE


@pytest.fixture(scope="module")
def model() -> AlsRecommender:
    return fit(RECIPE, *board())


def implicit_model(model: AlsRecommender) -> AlternatingLeastSquares:
    with threadpool_limits(1, "blas"):
        peer = AlternatingLeastSquares(
            factors=model.factors.shape[1],
            regularization=model.regularisation,
            alpha=model.confidence,
            num_threads=1,
        )
    peer.item_factors = model.factors
    return peer


def owned(held: np.ndarray) -> sp.csr_matrix:
    return sp.csr_matrix(np.hstack([held, np.ones((len(held), 1))]), dtype=np.float32)


def test_folding_in_is_what_implicit_recalculates(model, monkeypatch):
    # In more than one block.
    monkeypatch.setattr(als, "_EQUATIONS_AT_A_TIME", 7 * model.factors.shape[1] ** 2)
    held = np.random.default_rng(0).random((50, len(model.shares))) < 0.4
    with threadpool_limits(1, "blas"):
        expected = implicit_model(model).recalculate_user(np.arange(50), owned(held))
    np.testing.assert_allclose(model.fold_in(held), expected, rtol=1e-3, atol=1e-4)


def test_contributions_of_owned_products_are_what_implicit_explains(model):
    customers = board()[1].customers.take([0, 5])
    products = np.array([[0, 1], [3, 2]])
    said = model.parts(customers, products).contributions[..., customers.codes.shape[1] :]
    peer = implicit_model(model)
    for row in range(2):
        for place in range(2):
            _, parts, _ = peer.explain(0, owned(customers.held[[row]]), products[row, place], N=99)
            expected = {int(product): score for product, score in parts if product < len(model.shares)}
            for product, score in expected.items():
                np.testing.assert_allclose(said[row, place, product], score, rtol=1e-3, atol=1e-5)
            assert set(expected) == set(np.flatnonzero(said[row, place]))


def test_customer_without_known_products_gets_the_shares_of_all(model):
    encoder, training = board()
    nothing = encoder.with_held(training.customers, np.zeros_like(training.customers.held))
    np.testing.assert_allclose(model.score(nothing), np.tile(model.shares, (N_CUSTOMERS, 1)))


def test_model_keeps_vectors_of_products_only(model):
    assert {name: values.shape[0] for name, values in model.stored().arrays.items()} == {"factors": 11, "shares": 10}


def test_learning_curve_sees_every_iteration():
    seen = []
    fit(replace(RECIPE, n_iterations=3), *board(), lambda epoch, model: seen.append((epoch, model.name)))
    assert seen == [(1, "als"), (2, "als"), (3, "als")]
