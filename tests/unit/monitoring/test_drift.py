from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.monitoring.column_profiles import ColumnProfile, Shape
from recsys.monitoring.drift import (
    Word,
    categories_beside,
    column_drift,
    deciles_beside,
    population_stability_index,
    rows_word,
)
from recsys.monitoring.sketch import count_bins


def numbers(values: np.ndarray, n_missing: int = 0) -> ColumnProfile:
    return ColumnProfile("amount", len(values) + n_missing, n_missing, Shape.NUMBERS, count_bins(values))


def categories(n_missing: int = 0, n_unnamed: int = 0, **counts: int) -> ColumnProfile:
    n_rows = sum(counts.values()) + n_missing + n_unnamed
    return ColumnProfile("segment", n_rows, n_missing, Shape.CATEGORIES, counts, n_unnamed)


def test_population_stability_index_against_hand_arithmetic():
    # Half a row more in each of two bins: shares of 49.5 + .5 of 100 and 29.5 + .5 of 60 and so on.
    last, new = [499, 499], [299, 699]
    p, q = [499.5 / 999, 499.5 / 999], [299.5 / 999, 699.5 / 999]
    expected = (q[0] - p[0]) * log(q[0] / p[0]) + (q[1] - p[1]) * log(q[1] / p[1])
    assert population_stability_index(last, new) == pytest.approx(expected)


@given(st.lists(st.integers(0, 1_000), min_size=2, max_size=10).filter(sum))
def test_same_counts_are_at_distance_zero(counts):
    assert population_stability_index(counts, counts) == 0


def test_deciles_hold_a_tenth_each_and_every_value_of_both_loads():
    rng = np.random.default_rng(2)
    last, new = (count_bins(rng.lognormal(5, 1, 10_000)) for _ in range(2))
    pairs = deciles_beside(last, new)
    assert len(pairs) == 10
    assert all(n == pytest.approx(1_000, abs=250) for _, n, _ in pairs)
    assert sum(n for _, n, _ in pairs) == sum(n for _, _, n in pairs) == 10_000


def test_values_beyond_the_last_load_count_in_its_outer_deciles():
    pairs = deciles_beside(count_bins(np.arange(1.0, 101.0)), count_bins(np.array([-5.0, 1e9])))
    assert (pairs[0][2], pairs[-1][2]) == (1, 1)


@pytest.mark.parametrize(("n_rows", "seed"), [(50, 1), (500, 2), (50_000, 3)])
def test_two_samples_of_one_distribution_are_stable_however_small(n_rows, seed):
    rng = np.random.default_rng(seed)
    drift = column_drift(numbers(rng.normal(100, 20, n_rows)), numbers(rng.normal(100, 20, n_rows)))
    assert drift.word is Word.STABLE


@pytest.mark.parametrize(("factor", "word"), [(1.0, Word.STABLE), (1.12, Word.MOVED), (2.0, Word.SHIFTED)])
def test_numbers_that_grow_move(factor, word):
    values = np.random.default_rng(4).lognormal(8, 0.3, 20_000)
    assert column_drift(numbers(values), numbers(values * factor)).word is word


def test_total_variation_against_hand_arithmetic():
    drift = column_drift(categories(a=5_000, b=5_000), categories(a=3_500, b=5_000, c=1_500))
    assert drift.distance == pytest.approx(0.15)
    assert (drift.measure, drift.word) == ("total variation", Word.MOVED)


def test_values_of_too_few_customers_are_compared_as_one():
    assert categories_beside(categories(a=50), categories(a=40, n_unnamed=10))[-1][1:] == (0, 10)


def test_column_that_empties_is_shifted():
    drift = column_drift(categories(a=1_000), categories(n_missing=1_000))
    assert (drift.distance, drift.missing_change, drift.word) == (None, 1.0, Word.SHIFTED)


def test_few_more_missing_values_in_a_small_load_are_chance():
    assert column_drift(categories(a=38, n_missing=2), categories(a=36, n_missing=4)).word is Word.STABLE


@pytest.mark.parametrize(
    ("last", "new", "word"), [(1_000, 1_050, Word.STABLE), (1_000, 1_200, Word.MOVED), (1_000, 400, Word.SHIFTED)]
)
def test_rows_that_come_or_go(last, new, word):
    assert rows_word(last, new) is word
