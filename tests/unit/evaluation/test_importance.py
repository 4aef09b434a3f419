from __future__ import annotations

import numpy as np
import pytest

from recsys.evaluation.importance import begin_losses, gains_of, importances

KEYS = np.array([b"a", b"b"], dtype="S36")
CANDIDATES = np.array([[True, True, True], [True, True, False]])
RELEVANT = np.array([[True, False, True], [False, True, False]])
BEFORE = np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 9.0]])
AFTER = np.array([[3.0, 1.0, 2.0], [2.0, 1.0, 9.0]])


def test_gain_of_an_opening_falls_with_its_rank_among_the_candidates():
    np.testing.assert_allclose(gains_of(BEFORE, CANDIDATES, RELEVANT), [1, 1 / 2, 1])
    np.testing.assert_allclose(gains_of(AFTER, CANDIDATES, RELEVANT), [1, 1 / np.log2(3), 1 / np.log2(3)])


def test_opening_below_the_fifth_place_gains_nothing():
    scores, everything = np.arange(6.0)[None], np.ones((1, 6), np.bool_)
    np.testing.assert_array_equal(gains_of(scores, everything, np.arange(6)[None] == 0), [0])


def test_overall_loss_is_the_difference_of_ndcg_and_a_products_that_of_its_openings():
    losses = begin_losses(BEFORE, CANDIDATES, RELEVANT, KEYS)
    losses = losses.with_loss("permuted", "x", gains_of(AFTER, CANDIDATES, RELEVANT))
    (one,) = importances(losses, 7, 3)
    second = 1 / np.log2(3)
    ndcg_before = ((1 + 1 / 2) / (1 + second) + 1) / 2
    ndcg_after = ((1 + second) / (1 + second) + second) / 2
    assert one.overall.mean == pytest.approx(ndcg_before - ndcg_after)
    assert one.of_product[0].mean == pytest.approx(0)
    assert one.of_product[1].mean == pytest.approx(1 - second)
    assert one.of_product[2].mean == pytest.approx(1 / 2 - second)


def test_only_the_products_that_were_opened_most_are_looked_at():
    keys = np.array([b"a", b"b", b"c"], dtype="S36")
    everything = np.ones((3, 3), np.bool_)
    relevant = np.array([[False, True, False], [False, True, False], [True, False, False]])
    losses = begin_losses(np.zeros((3, 3)), everything, relevant, keys).with_loss("hidden", "x", np.zeros(3))
    assert list(importances(losses, 7, 1)[0].of_product) == [1]
