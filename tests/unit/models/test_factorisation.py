from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.features.encoder import CustomerEncoder
from recsys.models.candidates import default_recipes, fit
from recsys.models.examples import TrainingSet
from recsys.models.factorisation import reading_of
from recsys.models.factors import Identities
from recsys.models.tokens import Reading, customer_matrix

from .checkerboard import KNOWN_AT, N_PRODUCTS, board, never

RECIPES = default_recipes(seed=3)
FORMS = ("collaborative", "content", "hybrid", "inductive")
LATER = np.datetime64(KNOWN_AT) + 1


def leaning_board() -> tuple[CustomerEncoder, TrainingSet]:
    """The board with incomes near the edges of their bands."""
    encoder, training = board()
    customers = training.customers
    lean = np.zeros_like(customers.lean)
    lean[:, 0] = np.where(customers.codes[:, 0] == 0, 0.3, -0.2)
    return encoder, replace(training, customers=replace(customers, lean=lean))


@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("bins", ["smooth", "hard"])
@pytest.mark.parametrize("kind", FORMS)
def test_customers_are_scored_as_they_were_read_in_training(kind, bins, normalise):
    encoder, training = leaning_board()
    recipe = replace(RECIPES[kind], n_epochs=2, bins=bins, normalise=normalise)
    model = fit(recipe, encoder, training)
    customers = training.customers
    keys, vectors = model.identities.keys, model.identities.vectors
    persons = np.searchsorted(keys, customers.person_keys) if recipe.has_persons else None
    read = customer_matrix(customers, encoder.n_features, reading_of(recipe), persons, len(keys))
    tables = [vectors @ model.product_vectors.T] if recipe.has_persons else []
    tables += [model.feature_scores] if recipe.has_attributes else []
    tables += [model.held_scores] if recipe.has_holdings else []
    expected = read @ np.vstack(tables) + model.product_scores
    np.testing.assert_allclose(model.score(customers), expected, rtol=1e-4, atol=1e-5)


def test_weights_of_a_customer_add_up_to_one_where_they_are_normalised():
    encoder, training = board()
    persons = np.where(np.arange(len(training.customers)) % 2 == 0, 0, -1)
    reading = Reading(has_attributes=True, has_holdings=True, identity_weight=0.3, is_normalised=True)
    read = customer_matrix(training.customers, encoder.n_features, reading, persons, 1)
    np.testing.assert_allclose(np.asarray(read.sum(axis=1)).ravel(), 1, rtol=1e-5)
    # Two attributes, the number of products held, and the four products; every second one has a token of his own.
    np.testing.assert_allclose(read[:, 0].toarray().ravel()[:2], [0.3 / 7.3, 0], rtol=1e-5)


def test_number_near_the_edge_of_its_band_is_read_as_of_both_bands():
    encoder, training = leaning_board()
    customers = training.customers.take(slice(0, 2))
    assert customers.lean[:, 0].tolist() == [np.float32(0.3), np.float32(-0.2)]
    first, last = customers.codes[:, 0]
    smooth = Reading(has_attributes=True, has_holdings=False, is_smooth=True)
    read = customer_matrix(customers, encoder.n_features, smooth, None, 0).toarray()
    np.testing.assert_allclose(read[0, [first, first + 1]], [0.7, 0.3], rtol=1e-5)
    np.testing.assert_allclose(read[1, [last, last - 1]], [0.8, 0.2], rtol=1e-5)
    hard = customer_matrix(customers, encoder.n_features, replace(smooth, is_smooth=False), None, 0).toarray()
    assert (hard[0, first], hard[0, first + 1]) == (1, 0)


def test_customers_beyond_the_first_block_are_read_like_the_first():
    encoder, training = leaning_board()
    customers, n_persons = training.customers, len(training.customers)
    persons = np.where(np.arange(n_persons) % 2 == 0, np.arange(n_persons), -1)
    reading = Reading(has_attributes=True, has_holdings=True, identity_weight=0.3, is_normalised=True, is_smooth=True)
    few = customer_matrix(customers, encoder.n_features, reading, persons, n_persons)
    again = np.resize(np.arange(n_persons), 50_000 + n_persons)
    many = customer_matrix(customers.take(again), encoder.n_features, reading, persons[again], n_persons)
    assert (many != few[again]).nnz == 0
    none = customer_matrix(customers.take(slice(0)), encoder.n_features, reading, persons[:0], n_persons)
    assert none.shape == (0, few.shape[1])


def test_product_that_nobody_could_choose_is_not_learned_as_passed_over():
    encoder, training = board()
    launched = never(N_PRODUCTS)
    launched[9] = LATER
    openings = training.openings.take(training.openings.product != 9)
    model = fit(RECIPES["inductive"], encoder, replace(training, launched=launched, openings=openings))
    assert model.product_scores[9] == 0
    assert model.product_scores[8] != 0


def test_customer_without_a_vector_is_scored_by_his_attributes():
    encoder, training = board()
    model = fit(RECIPES["hybrid"], encoder, training)
    nobody = replace(model, identities=Identities(np.empty(0, "S36"), np.empty((0, 0), np.float32)))
    stranger = replace(training.customers.take(slice(0, 1)), person_keys=np.array([b"f" * 36]))
    np.testing.assert_array_equal(model.score(stranger), nobody.score(stranger))
    assert not np.array_equal(model.score(training.customers.take(slice(0, 1))), model.score(stranger))


def test_what_is_owned_changes_nothing_for_content():
    encoder, training = board()
    model = fit(RECIPES["content"], encoder, training)
    customers = training.customers
    other = replace(customers, held=~customers.held)
    np.testing.assert_array_equal(model.score(other), model.score(customers))


def test_regularisation_means_the_same_for_a_bank_twice_as_large():
    encoder, training = board()
    recipe = replace(RECIPES["collaborative"], n_epochs=3, regularisation=20.0)
    openings = training.openings
    n = len(training.customers)
    twice = replace(
        training,
        customers=training.customers.followed_by(
            replace(
                training.customers, person_keys=np.char.replace(training.customers.person_keys, b"-4000-", b"-4001-")
            )
        ),
        openings=replace(
            openings,
            customer=np.concatenate([openings.customer, openings.customer + n]),
            product=np.tile(openings.product, 2),
            opened=np.tile(openings.opened, 2),
            closed=np.tile(openings.closed, 2),
        ),
    )
    small, large = fit(recipe, encoder, training), fit(recipe, encoder, twice)
    ratio = np.abs(large.identities.vectors).mean() / np.abs(small.identities.vectors).mean()
    assert 0.6 < ratio < 1.6
