from __future__ import annotations

import numpy as np
import pytest

from recsys.evaluation.bootstrap import paired_difference


def test_interval_agrees_with_the_normal_approximation():
    generator = np.random.default_rng(1)
    gains = generator.normal(0.1, 1.0, 2_000)
    interval = paired_difference(gains, np.zeros(2_000), np.arange(2_000), seed=2)
    half = 1.96 * gains.std() / np.sqrt(2_000)
    assert interval.mean == pytest.approx(gains.mean())
    assert interval.lower == pytest.approx(gains.mean() - half, abs=0.005)
    assert interval.upper == pytest.approx(gains.mean() + half, abs=0.005)


def test_customer_in_two_folds_counts_as_one_observation():
    gains = np.random.default_rng(1).normal(0.0, 1.0, 500)
    once = paired_difference(gains, np.zeros(500), np.arange(500), seed=2)
    twice = paired_difference(np.tile(gains, 2), np.zeros(1_000), np.tile(np.arange(500), 2), seed=2)
    assert (twice.lower, twice.upper) == pytest.approx((once.lower, once.upper))


def test_same_seed_gives_the_same_interval():
    gains = np.random.default_rng(1).normal(size=50)
    first, second = (paired_difference(gains, np.zeros(50), np.arange(50), seed=9) for _ in range(2))
    assert first == second


def test_equal_models_have_no_difference():
    values = np.random.default_rng(1).random(50)
    interval = paired_difference(values, values, np.arange(50), seed=9)
    assert (interval.mean, interval.lower, interval.upper) == (0, 0, 0)
