from __future__ import annotations

import numpy as np
import pytest

from recsys.evaluation.bootstrap import Resampling


def test_interval_agrees_with_the_normal_approximation():
    generator = np.random.default_rng(1)
    gains = generator.normal(0.1, 1.0, 2_000)
    interval = Resampling(np.arange(2_000), seed=2).mean(gains)
    half = 1.96 * gains.std() / np.sqrt(2_000)
    assert interval.mean == pytest.approx(gains.mean())
    assert interval.lower == pytest.approx(gains.mean() - half, abs=0.005)
    assert interval.upper == pytest.approx(gains.mean() + half, abs=0.005)


@pytest.mark.parametrize("groups", [2_000, 250], ids=["single customers", "groups of customers"])
def test_interval_holds_the_true_mean_as_often_as_it_says(groups):
    generator = np.random.default_rng(11)
    # Hits of a short list, skewed as metrics are: 0 for most customers.
    truth, n, n_samples = 0.2, 1_000, 500
    held = 0
    for sample in range(n_samples):
        values = (generator.random(n) < truth).astype(np.float32)
        interval = Resampling(np.arange(n), sample, n_resamples=400, most_groups=groups).mean(values)
        held += interval.lower <= truth <= interval.upper
    # 95 % give or take three standard errors.
    assert held / n_samples == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / n_samples))


def test_groups_give_the_interval_of_single_customers():
    values = np.random.default_rng(3).gamma(0.5, size=4_000)
    widths = {}
    for groups in (4_000, 500):
        intervals = [Resampling(np.arange(4_000), seed, most_groups=groups).mean(values) for seed in range(12)]
        widths[groups] = np.mean([interval.upper - interval.lower for interval in intervals])
    # Of one interval with 500 groups to 3.2 %, of a dozen to 1 %.
    assert widths[500] == pytest.approx(widths[4_000], rel=0.03)


def test_rows_of_a_customer_stay_together_in_a_group():
    gains = np.random.default_rng(1).normal(0.0, 1.0, 5_000)
    once = Resampling(np.arange(5_000), 2).mean(gains)
    twice = Resampling(np.tile(np.arange(5_000), 2), 2).mean(np.tile(gains, 2))
    assert (twice.lower, twice.upper) == pytest.approx((once.lower, once.upper))


def test_customer_in_two_folds_counts_as_one_observation():
    gains = np.random.default_rng(1).normal(0.0, 1.0, 500)
    once = Resampling(np.arange(500), seed=2).mean(gains)
    twice = Resampling(np.tile(np.arange(500), 2), seed=2).mean(np.tile(gains, 2))
    assert (twice.lower, twice.upper) == pytest.approx((once.lower, once.upper))


def test_order_of_the_rows_changes_nothing():
    generator = np.random.default_rng(1)
    values, customers, order = (
        generator.random(6_000),
        generator.integers(0, 5_000, 6_000),
        generator.permutation(6_000),
    )
    one, other = Resampling(customers, 4).mean(values), Resampling(customers[order], 4).mean(values[order])
    assert (one.mean, one.lower, one.upper) == pytest.approx((other.mean, other.lower, other.upper))


def test_same_seed_gives_the_same_interval():
    gains = np.random.default_rng(1).normal(size=50)
    first, second = (Resampling(np.arange(50), seed=9).mean(gains) for _ in range(2))
    assert first == second
    assert first != Resampling(np.arange(50), seed=10).mean(gains)


def test_equal_models_have_no_difference():
    values = np.random.default_rng(1).random(50)
    interval = Resampling(np.arange(50), seed=9).difference(values, values)
    assert (interval.mean, interval.lower, interval.upper) == (0, 0, 0)


def test_paired_difference_is_surer_than_its_two_means():
    generator = np.random.default_rng(1)
    champion = generator.random(1_000)
    challenger = champion + generator.normal(0.02, 0.05, 1_000)
    resampling = Resampling(np.arange(1_000), 1)
    difference = resampling.difference(challenger, champion)
    assert difference.lower > 0
    assert resampling.mean(challenger).lower < resampling.mean(champion).upper


def test_draws_of_all_customers_give_a_part_of_them_the_interval_of_its_own_draws():
    values, is_in = np.random.default_rng(5).gamma(0.5, size=6_000), np.arange(6_000) < 300
    widths = {"own": [], "all": []}
    for seed in range(12):
        own = Resampling(np.arange(300), seed).mean(values[is_in])
        of_all = Resampling(np.arange(6_000), seed).mean(np.where(is_in, values, np.nan))
        assert of_all.mean == pytest.approx(own.mean)
        widths["own"].append(own.upper - own.lower)
        widths["all"].append(of_all.upper - of_all.lower)
    assert np.mean(widths["all"]) == pytest.approx(np.mean(widths["own"]), rel=0.05)


def test_ratio_is_of_sums_and_customers_bring_both_of_theirs():
    found, opened = np.array([1, 0, 2, 1]), np.array([1, 2, 2, 1])
    assert Resampling(np.arange(4), 1).ratio(found, opened).mean == pytest.approx(4 / 6)
    same = Resampling(np.arange(4), 1).ratio(opened / 2, opened)
    assert (same.lower, same.mean, same.upper) == pytest.approx((0.5, 0.5, 0.5))


def test_customer_without_a_value_is_in_no_mean():
    values = np.array([np.nan, 0.25, 0.25, np.nan])
    interval = Resampling(np.arange(4), 1).mean(values)
    assert (interval.lower, interval.mean, interval.upper) == (0.25, 0.25, 0.25)


@pytest.mark.parametrize("values", [np.empty(0), np.full(3, np.nan)])
def test_without_values_there_is_no_interval(values):
    interval = Resampling(np.arange(len(values)), 1).mean(values)
    assert np.isnan([interval.mean, interval.lower, interval.upper]).all()
