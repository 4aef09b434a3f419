from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.explanation.strongest import explain
from recsys.models import owned_sets
from recsys.models.candidates import fit
from recsys.models.examples import TrainingRows, build_rows
from recsys.models.owned_popularity import OwnedPopularityRecipe
from recsys.models.owned_sets import MIN_CUSTOMERS_PER_SET, count_sets, rates_with_each, set_keys

from .checkerboard import N_CUSTOMERS, N_PRODUCTS, board, open_telling
from .contract import PersonalRecommenderContract

RECIPE = OwnedPopularityRecipe(seed=3)


class TestOwnedPopularity(PersonalRecommenderContract):
    recipe = RECIPE


@pytest.fixture(scope="module")
def rows() -> TrainingRows:
    encoder, training = board()
    return build_rows(encoder, training, 365.0)


def test_openings_after_a_set_are_those_of_the_rows_with_that_very_set(rows):
    keys = set_keys(rows.customers.held)
    counts = count_sets(keys, rows)
    openings, totals = counts.of(keys[:50])
    for row in range(50):
        same = (rows.customers.held == rows.customers.held[row]).all(axis=1)
        expected = np.bincount(rows.product[same], rows.weights[same], N_PRODUCTS)
        np.testing.assert_allclose(openings[row], expected, rtol=1e-5)
        np.testing.assert_allclose(totals[row], expected.sum(), rtol=1e-5)


def test_set_that_was_not_seen_has_no_openings(rows):
    counts = count_sets(set_keys(rows.customers.held), rows)
    openings, totals = counts.of(set_keys(np.ones((2, N_PRODUCTS), np.bool_)))
    assert not openings.any()
    assert not totals.any()


def test_set_of_too_few_customers_is_not_kept(rows):
    sizes = {}
    for fewest in (MIN_CUSTOMERS_PER_SET, MIN_CUSTOMERS_PER_SET - 1):
        some = np.flatnonzero(rows.person % 2 == 0)
        keys = set_keys(rows.customers.held[some])
        of_one = keys == keys[0]
        persons = np.unique(rows.person[some][of_one])[:fewest]
        kept = some[~of_one | np.isin(rows.person[some], persons)]
        few = TrainingRows(
            rows.customers.take(kept), rows.person[kept], rows.product[kept], rows.weights[kept], rows.barred[kept]
        )
        counts = count_sets(set_keys(few.customers.held), few)
        sizes[fewest] = float(counts.of(keys[:1])[1][0, 0])
    assert sizes[MIN_CUSTOMERS_PER_SET] > 0
    assert sizes[MIN_CUSTOMERS_PER_SET - 1] == 0


def test_same_set_in_another_segment_is_another_key():
    held = np.array([[True, False], [True, False], [False, True]])
    assert len(np.unique(set_keys(held, np.array([0, 1, 0])))) == 3
    assert len(np.unique(set_keys(held, np.array([300, 300 - 256, 300])))) == 3
    assert len(np.unique(set_keys(held))) == 2


def test_lift_of_an_owned_product_is_its_owners_rate_over_the_rate_of_all(rows, monkeypatch):
    # In blocks, as on a large bank.
    monkeypatch.setattr(owned_sets, "_BLOCK", 100)
    lifts = rates_with_each(rows, 20.0)
    for owned, taken in ((0, 2), (0, 1), (3, 7)):
        has = rows.customers.held[:, owned]
        opened = rows.weights * (rows.product == taken)
        chances = rows.weights * ~rows.barred[:, taken]
        of_all = (opened.sum() + 0.5) / (chances.sum() + 20)
        of_owners = (opened[has].sum() + 20 * of_all) / (chances[has].sum() + 20)
        np.testing.assert_allclose(lifts[owned, taken], np.log(of_owners / of_all), rtol=1e-4)


def test_much_evidence_for_a_set_outweighs_all_the_rest_and_little_does_not():
    encoder, training = board()
    customers = training.customers
    rows = build_rows(encoder, training, 365.0)
    held = rows.customers.held[rows.customers.held.sum(axis=1) == 3][:1]
    openings, totals = count_sets(set_keys(rows.customers.held), rows).of(set_keys(held))
    counted = openings[0] / totals[0]
    believed = replace(RECIPE, set_openings=1e-6, segment_set_openings=1e9)
    who = encoder.with_held(customers.take([0]), held)
    np.testing.assert_allclose(np.exp(fit(believed, encoder, training).score(who)[0]), counted, atol=1e-4)
    doubted = fit(replace(RECIPE, set_openings=1e9, segment_set_openings=1e9), encoder, training)
    assert np.abs(np.exp(doubted.score(who)[0]) - counted).max() > 0.02


def test_shares_are_spread_over_the_products_that_are_not_held():
    encoder, training = board()
    shares = np.exp(fit(RECIPE, encoder, training).score(training.customers))
    np.testing.assert_allclose(np.where(training.customers.held, 0, shares).sum(axis=1), 1, atol=1e-4)


def test_customer_without_known_products_gets_popularity_by_segment():
    encoder, training = board()
    model = fit(RECIPE, encoder, training)
    nothing = encoder.with_held(training.customers, np.zeros_like(training.customers.held))
    np.testing.assert_array_equal(
        model.score(nothing), model.rates[model.segmentation.segments(nothing)].astype(np.float32)
    )


def test_customer_who_owns_everything_has_scores_that_are_numbers():
    encoder, training = board()
    everything = encoder.with_held(training.customers, np.ones_like(training.customers.held))
    assert np.isfinite(fit(RECIPE, encoder, training).score(everything)).all()


def test_owned_product_is_a_reason():
    encoder, training = board()
    # On one day, as in a snapshot: each holding is seen next to all others.
    opened = np.full(len(training.openings), training.known_at, "M8[D]")
    training = replace(training, openings=replace(training.openings, opened=opened))
    model = fit(replace(RECIPE, segment_weight=0.0), encoder, training)
    telling, best = open_telling(encoder), np.argsort(-model.score(training.customers), axis=1)[:, :1]
    reasons = explain(model, telling, training.customers, best, 1)
    assert len(reasons) == N_CUSTOMERS
    assert all(telling.reasons[number].code.startswith("holds:") for number in reasons.ravel())
