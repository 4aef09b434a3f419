"""By hand, and against scikit-learn."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from sklearn.metrics import ndcg_score, roc_auc_score

from recsys.evaluation.metrics import auc, coverage, customer_metrics, top_products, with_test


def one(scores: list[float], candidates: list[int], relevant: list[int], k: int):
    arrays = np.array([scores]), np.array([candidates], dtype=bool), np.array([relevant], dtype=bool)
    return customer_metrics(top_products(*arrays[:2], k), arrays[2], k), auc(*arrays)[0]


def test_hits_at_first_and_third_place():
    metrics, area = one([5, 4, 3, 2, 1], [1, 1, 1, 1, 1], [1, 0, 1, 0, 0], 3)
    assert metrics.precision[0] == pytest.approx(2 / 3)
    assert metrics.recall[0] == pytest.approx(2 / 2)
    assert metrics.f1[0] == pytest.approx(2 * (2 / 3) * 1 / (2 / 3 + 1))
    assert metrics.map[0] == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert metrics.ndcg[0] == pytest.approx((1 + 1 / log2(4)) / (1 + 1 / log2(3)))
    assert area == pytest.approx(5 / 6)


def test_what_is_no_candidate_takes_no_place():
    metrics, area = one([9, 4, 3], [0, 1, 1], [0, 0, 1], 2)
    assert metrics.ndcg[0] == pytest.approx(1 / log2(3))
    assert area == 0


def test_more_relevant_products_than_places():
    metrics, _ = one([3, 2, 1], [1, 1, 1], [1, 1, 1], 2)
    assert (metrics.precision[0], metrics.recall[0], metrics.map[0], metrics.ndcg[0]) == (1, pytest.approx(2 / 3), 1, 1)


def test_list_longer_than_the_candidates_ends_with_empty_places():
    top = top_products(np.array([[1.0, 2.0, 3.0]]), np.array([[True, False, True]]), 10)
    assert top.tolist() == [[2, 0, -1]]


def test_equal_scores_keep_the_order_of_the_products_and_count_half():
    assert top_products(np.zeros((1, 3)), np.ones((1, 3), dtype=bool), 2).tolist() == [[0, 1]]
    _, area = one([1, 1, 1], [1, 1, 1], [0, 0, 1], 2)
    assert area == 0.5


def test_auc_of_a_customer_without_a_pair_is_unknown():
    _, area = one([1, 2], [0, 1], [0, 1], 1)
    assert np.isnan(area)


def test_only_customers_with_a_relevant_candidate_are_tested():
    candidates = np.array([[1, 0], [1, 0], [1, 1]], dtype=bool)
    relevant = np.array([[1, 0], [0, 1], [0, 0]], dtype=bool)
    assert with_test(candidates, relevant).tolist() == [True, False, False]


def test_coverage_is_of_what_could_be_offered():
    candidates = np.array([[1, 1, 1, 0], [1, 1, 1, 0]], dtype=bool)
    assert coverage(np.array([[0, 2], [0, -1]]), candidates) == pytest.approx(2 / 3)


@pytest.mark.parametrize("k", [1, 3, 5, 12])
def test_agrees_with_scikit_learn(k):
    generator = np.random.default_rng(5)
    scores = generator.normal(size=(200, 12))
    relevant = generator.random((200, 12)) < 0.2
    relevant[:, 3] |= ~relevant.any(axis=1)
    everything = np.ones_like(relevant)
    metrics = customer_metrics(top_products(scores, everything, k), relevant, k)
    of_customers = [ndcg_score([truth], [score], k=k) for truth, score in zip(relevant, scores, strict=True)]
    np.testing.assert_allclose(metrics.ndcg, of_customers)
    areas = [roc_auc_score(truth, score) for truth, score in zip(relevant, scores, strict=True)]
    np.testing.assert_allclose(auc(scores, everything, relevant), areas)
    tops = np.argsort(-scores, axis=1)[:, :k]
    found = [len(set(top) & set(np.flatnonzero(truth))) for top, truth in zip(tops, relevant, strict=True)]
    np.testing.assert_allclose(metrics.precision, np.array(found) / k)
    np.testing.assert_allclose(metrics.recall, np.array(found) / relevant.sum(axis=1))


def test_candidates_that_are_barred_change_nothing_for_scikit_learn_on_the_rest():
    generator = np.random.default_rng(6)
    scores = generator.normal(size=(100, 10))
    candidates = generator.random((100, 10)) < 0.7
    candidates[:, :2] = True
    relevant = np.zeros_like(candidates)
    relevant[:, 0] = True
    areas = [
        roc_auc_score(truth[may], score[may]) for truth, score, may in zip(relevant, scores, candidates, strict=True)
    ]
    np.testing.assert_allclose(auc(scores, candidates, relevant), areas)
