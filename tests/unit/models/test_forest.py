"""Leaves found by ruling out, against LightGBM's own walk."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from recsys.errors import ModelError
from recsys.models.forest import Forest, forest_of

N_CLASSES, N_ROUNDS, N_COLUMNS = 3, 12, 9
# The first column may be unknown, the last two are yes or no, and the one before them is the same for everybody.
UNKNOWN, SAME = 0, 6


def rows(n: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    columns = chance.normal(size=(n, N_COLUMNS)).round(1).astype(np.float32)
    columns[:, -2:] = chance.random((n, 2)) < 0.3
    columns[:, SAME] = 0.5
    columns[chance.random(n) < 0.2, UNKNOWN] = np.nan
    return columns


def grown(n_leaves: int, min_rows_per_leaf: int = 5) -> lightgbm.Booster:
    columns = rows(3_000, 1)
    noise = np.random.default_rng(2).normal(size=len(columns))
    wish = np.nan_to_num(columns[:, 0], nan=2) * columns[:, 1] + columns[:, 2] + columns[:, -1] + noise
    data = lightgbm.Dataset(columns, np.digitize(wish, [-0.7, 0.9]))
    parameters = {
        "objective": "multiclass",
        "num_class": N_CLASSES,
        "num_leaves": n_leaves,
        "min_data_in_leaf": min_rows_per_leaf,
        "num_threads": 1,
        "verbose": -1,
    }
    return lightgbm.train(parameters, data, N_ROUNDS)


@pytest.fixture(scope="module", params=[2, 7, 15, 30, 64])
def booster(request: pytest.FixtureRequest) -> lightgbm.Booster:
    return grown(request.param)


@pytest.fixture(scope="module")
def forest(booster: lightgbm.Booster) -> Forest:
    return forest_of(booster, N_CLASSES)


def test_sums_are_the_very_numbers_of_lightgbm(booster: lightgbm.Booster, forest: Forest) -> None:
    columns = rows(30_000, 3)
    np.testing.assert_array_equal(forest.sums(columns), booster.predict(columns, raw_score=True).astype(np.float32))


def test_number_on_a_threshold_goes_left_and_the_next_one_right(booster: lightgbm.Booster, forest: Forest) -> None:
    questions = [question for table in forest.tables for question in table.questions]
    nearest = np.concatenate([question.thresholds[:-1] for question in questions]).astype(np.float32)
    # Between -1e-35 and 1e-35, where it splits yes from no, LightGBM takes everything for 0.
    nearest = nearest[np.abs(nearest) > 1e-30]
    around = np.concatenate([nearest, np.nextafter(nearest, np.float32(9)), np.nextafter(nearest, np.float32(-9))])
    columns = np.repeat(around[:, None], N_COLUMNS, axis=1)
    np.testing.assert_array_equal(forest.sums(columns), booster.predict(columns, raw_score=True).astype(np.float32))


def test_what_was_known_of_all_in_training_may_be_unknown_later(booster: lightgbm.Booster, forest: Forest) -> None:
    columns = rows(2_000, 4)
    columns[np.random.default_rng(5).random(columns.shape) < 0.3] = np.nan
    np.testing.assert_array_equal(forest.sums(columns), booster.predict(columns, raw_score=True).astype(np.float32))


def test_changes_lead_from_the_roots_to_the_sums(forest: Forest) -> None:
    columns = rows(2_000, 6)
    classes = np.random.default_rng(7).integers(-1, N_CLASSES, (len(columns), 2))
    said = forest.contributions(columns, classes)
    assert said.dtype == np.float32
    assert not said[classes < 0].any()
    assert not said[..., SAME].any()
    reached = forest.roots[classes] + said.sum(axis=2)
    expected = np.take_along_axis(forest.sums(columns), np.maximum(classes, 0), axis=1)
    np.testing.assert_allclose(reached[classes >= 0], expected[classes >= 0], rtol=1e-5, atol=1e-5)


def test_trees_that_found_no_split_say_the_same_of_everybody() -> None:
    booster = grown(7, min_rows_per_leaf=2_000)
    forest = forest_of(booster, N_CLASSES)
    columns = rows(10, 8)
    np.testing.assert_array_equal(forest.sums(columns), booster.predict(columns, raw_score=True).astype(np.float32))
    assert not forest.contributions(columns, np.tile(np.arange(N_CLASSES), (10, 1))).any()


def test_nobody_has_no_sums_and_no_contributions(forest: Forest) -> None:
    nobody = rows(0, 9)
    assert forest.sums(nobody).shape == (0, N_CLASSES)
    assert forest.contributions(nobody, np.empty((0, 2), np.int64)).shape == (0, 2, N_COLUMNS)


def test_more_leaves_than_bits_of_a_word_are_refused() -> None:
    with pytest.raises(ModelError, match="at most 64"):
        forest_of(grown(80, min_rows_per_leaf=1), N_CLASSES)
