from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lightgbm import Booster

from recsys.errors import ModelError
from recsys.models import trees
from recsys.models.candidates import fit
from recsys.models.trees import TreesRecipe, tree_columns

from .checkerboard import board
from .contract import PersonalRecommenderContract

# The bank of the checkerboard has 480 openings.
SMALL = TreesRecipe(
    n_rounds=40, n_leaves=4, min_rows_per_leaf=5, regularisation=0.1, learning_rate=0.3, stranger_share=0.0, seed=3
)


class TestTrees(PersonalRecommenderContract):
    recipe = SMALL


def test_base_of_the_account_is_the_same_for_everybody_and_empty_places_and_untaken_products_have_no_ways():
    encoder, training = board()
    kept = training.openings.take(training.openings.product != 4)
    model = fit(SMALL, encoder, replace(training, openings=kept))
    parts = model.parts(training.customers, np.tile([*range(training.n_products), -1], (len(training.customers), 1)))
    np.testing.assert_array_equal(parts.base, np.tile(parts.base[0], (len(training.customers), 1)))
    assert parts.base[0, 4] == np.float32(model.untaken)
    assert not parts.contributions[:, [4, -1]].any()


def test_ways_agree_with_the_shapley_values_where_a_tree_asks_once():
    encoder, training = board()
    model = fit(replace(SMALL, n_leaves=2, n_rounds=10), encoder, training)
    customers = training.customers
    columns = tree_columns(encoder, customers)
    shapley = Booster(model_str=model.trees).predict(columns, pred_contrib=True)
    shapley = shapley.reshape(len(customers), training.n_products, -1)
    products = np.tile(np.arange(training.n_products), (len(customers), 1))
    parts = model.parts(customers, products)
    np.testing.assert_allclose(parts.contributions, shapley[..., :-1], atol=1e-3)
    np.testing.assert_allclose(parts.base, shapley[..., -1], atol=1e-3)


def test_product_that_was_never_opened_gets_a_low_score_that_is_a_number():
    encoder, training = board()
    kept = training.openings.take(training.openings.product != 4)
    model = fit(SMALL, encoder, replace(training, openings=kept))
    scores = model.score(training.customers)
    assert np.isfinite(scores).all()
    # As if half an opening of all had been of it.
    np.testing.assert_allclose(scores[:, 4], np.log(0.5 / len(kept)), rtol=1e-6)
    parts = model.parts(training.customers, np.full((len(training.customers), 1), 4))
    np.testing.assert_array_equal(parts.base[:, 0] + parts.contributions[:, 0].sum(axis=-1), scores[:, 4])


def test_product_that_was_opened_once_breaks_nothing():
    encoder, training = board()
    of_four = np.flatnonzero(training.openings.product == 4)
    kept = training.openings.take(np.setdiff1d(np.arange(len(training.openings)), of_four[1:]))
    assert np.isfinite(fit(SMALL, encoder, replace(training, openings=kept)).score(training.customers)).all()


def test_one_product_alone_is_nothing_to_tell_apart():
    encoder, training = board()
    kept = training.openings.take(training.openings.product == 0)
    with pytest.raises(ModelError, match="nothing to tell apart"):
        fit(SMALL, encoder, replace(training, openings=kept))


def test_many_products_get_fewer_rounds_and_then_none_with_the_reason(monkeypatch):
    encoder, training = board()
    monkeypatch.setattr(trees, "_MOST_TREES", 10 * 25)
    fewer = fit(SMALL, encoder, training)
    assert Booster(model_str=fewer.trees).num_trees() == 10 * 25
    monkeypatch.setattr(trees, "_MOST_TREES", 10 * 19)
    with pytest.raises(ModelError, match=r"10 products would have 19 rounds .*: above 9 products they"):
        fit(SMALL, encoder, training)


def test_more_work_than_allowed_leaves_older_openings_out_and_then_the_trees(monkeypatch):
    encoder, training = board()
    monkeypatch.setattr(trees, "_FEWEST_ROWS", 100)
    monkeypatch.setattr(trees, "_MOST_WORK", 10 * 40 * 99)
    with pytest.raises(ModelError, match="over 99 openings only"):
        fit(SMALL, encoder, training)


def test_unknown_is_not_a_band():
    encoder, training = board()
    codes = training.customers.codes.copy()
    codes[0, 0] = -1
    columns = tree_columns(encoder, replace(training.customers, codes=codes))
    assert np.isnan(columns[0, 0])
    assert not np.isnan(columns[1:]).any()
    np.testing.assert_array_equal(columns[:, encoder.offsets.size - 1 :], training.customers.held)


def test_no_customers_have_no_scores():
    encoder, training = board()
    model = fit(SMALL, encoder, training)
    nobody = training.customers.take(slice(0, 0))
    assert model.score(nobody).shape == (0, training.n_products)
    assert model.parts(nobody, np.empty((0, 5), np.int64)).base.shape == (0, 5)


def test_place_within_a_band_counts():
    encoder, training = board()
    lean = np.zeros_like(training.customers.lean)
    lean[1, 0] = -0.25
    columns = tree_columns(encoder, training.customers)
    leaning = tree_columns(encoder, replace(training.customers, lean=lean))
    np.testing.assert_allclose(leaning[1, 0] - columns[1, 0], -0.25 - training.customers.lean[1, 0], atol=1e-6)


def test_two_threads_grow_the_same_trees_as_one():
    encoder, training = board()
    one, two = (fit(replace(SMALL, n_threads=number), encoder, training) for number in (1, 2))
    np.testing.assert_array_equal(one.score(training.customers), two.score(training.customers))
