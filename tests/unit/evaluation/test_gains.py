"""Ten customers who could take one product, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.evaluation.gains import SHARES, Gains, measure_gains


def gains(probabilities: list[float], took: list[int], may: list[int] | None = None) -> Gains:
    candidates = np.array([may or [1] * len(took)], dtype=bool).T
    return measure_gains(np.array([probabilities], dtype=np.float32), candidates, np.array([took], dtype=bool).T)


def at(found: Gains, share: float) -> float:
    return float(found.curves[0, SHARES.index(share)])


TEN = [0.95, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15, 0.05]


def test_takers_are_counted_from_the_highest_probability():
    found = gains(TEN, [1, 0, 0, 1, 0, 0, 0, 0, 1, 0])
    assert [at(found, share) for share in (0.1, 0.3, 0.4, 0.8, 0.9, 1.0)] == pytest.approx(
        [1 / 3, 1 / 3, 2 / 3, 2 / 3, 1, 1]
    )
    assert found.lift[0] == pytest.approx((1 / 3) / 0.1)


def test_who_took_nothing_counts_among_those_who_could():
    found = gains(TEN, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    assert (found.customers[0], found.takers[0]) == (10, 1)
    assert found.lift[0] == 10
    assert found.auc[0] == 1


def test_who_could_not_take_it_is_left_out():
    found = gains(TEN, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1, 0, 0, 0, 0])
    assert (found.customers[0], found.takers[0]) == (5, 1)
    assert at(found, 0.8) == 0
    assert found.auc[0] == 0


def test_share_that_ends_within_a_customer_gets_his_part():
    found = gains(TEN, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    assert at(found, 0.01) == pytest.approx(0.1)
    assert at(found, 0.05) == pytest.approx(0.5)


def test_equal_probabilities_are_chance_whatever_the_order_of_the_rows():
    for took in ([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]):
        found = gains([0.5] * 10, took)
        assert found.curves[0] == pytest.approx(SHARES)
        assert found.lift[0] == pytest.approx(1)
        assert found.auc[0] == 0.5


def test_some_equal_probabilities_share_their_takers_evenly():
    found = gains([0.9, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1], [1, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    assert at(found, 0.3) == pytest.approx((1 + 2 / 4) / 2)
    assert found.auc[0] == pytest.approx((8 + (5 + 3 / 2)) / (2 * 8))


def test_product_that_nobody_took_has_no_curve():
    found = gains(TEN, [0] * 10)
    assert np.isnan(found.curves).all()
    assert np.isnan(found.lift[0])
    assert np.isnan(found.auc[0])
    assert found.metrics() == {}


def test_product_that_nobody_could_take_counts_nothing():
    found = gains(TEN, [1] * 10, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    assert (found.customers[0], found.takers[0]) == (0, 0)


def test_folds_rank_their_customers_by_themselves_and_add_up():
    first = gains(TEN, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    second = gains([probability / 100 for probability in TEN], [0, 1, 1, 0, 0, 0, 0, 0, 0, 0])
    both = first + second
    assert both.lift[0] == pytest.approx((1 + 0) / 3 / 0.1)
    assert at(both, 0.2) == pytest.approx(2 / 3)
    assert both.auc[0] == pytest.approx((9 + 14) / (9 + 16))


def test_curve_of_all_products_weighs_each_by_its_takers():
    candidates = np.ones((10, 2), dtype=bool)
    relevant = np.zeros((10, 2), dtype=bool)
    relevant[0, 0] = relevant[8:, 1] = True
    found = measure_gains(np.array([TEN, TEN], dtype=np.float32), candidates, relevant)
    assert found.curve[SHARES.index(0.1)] == pytest.approx(1 / 3)
    assert found.metrics() == {
        "lift_at_10_percent": pytest.approx(1 / 3 / 0.1),
        "product_auc": pytest.approx((1 * 1 + 2 * 0) / 3),
    }
