from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import ModelError
from recsys.features.block import CustomerBlock
from recsys.models import logistic
from recsys.models.candidates import fit
from recsys.models.examples import TrainingSet, build_rows, with_strangers
from recsys.models.logistic import LogisticRecipe
from recsys.models.tokens import customer_matrix

from .checkerboard import board, missing_product
from .contract import PersonalRecommenderContract


class TestLogistic(PersonalRecommenderContract):
    recipe = LogisticRecipe(seed=3)


class TestLogisticWithHardBands(PersonalRecommenderContract):
    recipe = LogisticRecipe(bins="hard", seed=3)


def only(training: TrainingSet, kept: np.ndarray) -> TrainingSet:
    return replace(training, openings=training.openings.take(kept))


def test_product_that_was_never_opened_gets_a_low_score_that_is_a_number():
    encoder, training = board()
    scores = fit(LogisticRecipe(), encoder, only(training, training.openings.product != 4)).score(training.customers)
    assert np.isfinite(scores).all()
    assert (np.median(scores, axis=0).argmin()) == 4


def test_product_that_was_opened_once_breaks_nothing():
    encoder, training = board()
    of_four = np.flatnonzero(training.openings.product == 4)
    kept = np.setdiff1d(np.arange(len(training.openings)), of_four[1:])
    model = fit(LogisticRecipe(), encoder, only(training, kept))
    customers = training.customers
    best = np.where(customers.held, -np.inf, model.score(customers)).argmax(axis=1)
    others = np.array([missing_product(number) != 4 for number in range(len(customers))])
    assert (best[others] == [missing_product(number) for number in np.flatnonzero(others)]).mean() > 0.95


def test_two_products_are_told_apart_as_well():
    encoder, training = board()
    two = np.isin(training.openings.product, [0, 1])
    scores = fit(LogisticRecipe(), encoder, only(training, two)).score(training.customers)
    prefers_even = scores[:, 0] > scores[:, 1]
    assert prefers_even[::2].all()
    assert not prefers_even[1::2].any()


def test_one_product_alone_is_nothing_to_tell_apart():
    encoder, training = board()
    with pytest.raises(ModelError, match="nothing to tell apart"):
        fit(LogisticRecipe(), encoder, only(training, training.openings.product == 0))


def test_more_products_than_the_work_allows_are_refused_with_the_reason(monkeypatch):
    encoder, training = board()
    monkeypatch.setattr(logistic, "_MOST_CELLS", 1_000)
    with pytest.raises(ModelError, match="10 products could learn from 90 openings only"):
        fit(LogisticRecipe(), encoder, training)


def test_half_an_opening_weighs_the_same_however_old_all_are():
    encoder, training = board()
    old = replace(training.openings, opened=training.openings.opened - np.timedelta64(3650, "D"))
    np.testing.assert_allclose(
        fit(LogisticRecipe(), encoder, replace(training, openings=old)).score(training.customers),
        fit(LogisticRecipe(), encoder, training).score(training.customers),
        atol=1e-3,
    )


def test_strangers_are_the_same_openings_with_nothing_owned():
    encoder, training = board()
    rows = build_rows(encoder, training, half_life_days=365.0)
    both = with_strangers(rows, encoder, share=0.25, seed=1)
    copies = both.customers.take(slice(len(rows), None))
    assert 0.15 * len(rows) < len(copies) < 0.35 * len(rows)
    assert not copies.held.any()
    assert (copies.codes[:, -1] == encoder.offsets[-2]).all()
    drawn = np.flatnonzero(np.random.default_rng(1).random(len(rows)) < 0.25)
    np.testing.assert_array_equal(copies.codes[:, :-1], rows.customers.codes[drawn, :-1])
    np.testing.assert_array_equal(both.product[len(rows) :], rows.product[drawn])
    np.testing.assert_array_equal(both.barred[len(rows) :], rows.barred[drawn])


def test_no_share_of_strangers_leaves_the_rows_as_they_are():
    encoder, training = board()
    rows = build_rows(encoder, training, half_life_days=365.0)
    assert with_strangers(rows, encoder, share=0.0, seed=1) is rows


def test_strangers_in_training_teach_what_attributes_say_by_themselves():
    encoder, training = board()
    strangers = encoder.with_held(training.customers, np.zeros_like(training.customers.held))
    right = (np.arange(len(strangers)) % 2)[:, None] == (np.arange(training.n_products) % 2)[None, :]

    def odds(share: float) -> float:
        scores = fit(LogisticRecipe(stranger_share=share), encoder, training).score(strangers)
        return float(np.where(right, scores, 0).sum() - np.where(~right, scores, 0).sum())

    assert odds(0.3) > odds(0.0)


def leaning(customers: CustomerBlock, code: int, lean: float) -> CustomerBlock:
    """The first customer, in another band of income and at another place in it."""
    codes, leans = customers.codes[:1].copy(), np.zeros_like(customers.lean[:1])
    codes[0, 0], leans[0, 0] = code, lean
    return replace(customers.take(slice(0, 1)), codes=codes, lean=leans)


def test_smooth_bands_do_not_jump_at_their_edges_and_hard_ones_do():
    encoder, training = board()
    smooth, hard = (fit(LogisticRecipe(bins=bins), encoder, training) for bins in ("smooth", "hard"))
    below, above = leaning(training.customers, 0, 0.5), leaning(training.customers, 1, -0.5)
    np.testing.assert_allclose(smooth.score(below), smooth.score(above), rtol=1e-5, atol=1e-6)
    assert not np.allclose(hard.score(below), hard.score(above))
    middle = leaning(training.customers, 0, 0.0), leaning(training.customers, 1, 0.0)
    np.testing.assert_allclose(smooth.score(below), (smooth.score(middle[0]) + smooth.score(middle[1])) / 2, rtol=1e-4)


def test_smooth_bands_score_what_they_are_fitted_on():
    encoder, training = board()
    lean = np.zeros_like(training.customers.lean)
    lean[:, 0] = np.random.default_rng(1).uniform(0.1, 0.5, len(lean)) * np.where(training.customers.codes[:, 0], -1, 1)
    customers = replace(training.customers, lean=lean)
    model = fit(LogisticRecipe(), encoder, replace(training, customers=customers))
    tokens = customer_matrix(customers, encoder.n_features, model.reading, None, 0)
    table = np.vstack([model.feature_scores, model.held_scores])
    np.testing.assert_allclose(model.score(customers), tokens @ table + model.product_scores, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(tokens[:, : encoder.n_features].sum(axis=1), len(encoder.vocabularies), rtol=1e-5)
    np.testing.assert_allclose(tokens[:, : encoder.offsets[1]].toarray().max(axis=1), 1 - np.abs(lean[:, 0]), rtol=1e-5)
