"""By hand; `test_independent.py` compares with other implementations."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from recsys.errors import ModelError
from recsys.evaluation.metrics import auc, metrics_at, reciprocal_rank
from recsys.evaluation.ranks import mask_scores, rank_relevant, top_mask
from recsys.evaluation.trial import Trial, with_test


def ranked(scores: list[float], candidates: list[int], relevant: list[int]):
    may = np.array([candidates], dtype=bool)
    return rank_relevant(mask_scores(np.array([scores], dtype=np.float64), may), may, np.array([relevant], dtype=bool))


def one(scores: list[float], candidates: list[int], relevant: list[int], k: int) -> dict[str, float]:
    values = metrics_at(ranked(scores, candidates, relevant), k).by_name(k)
    return {name.removesuffix(f"_at_{k}"): float(value[0]) for name, value in values.items()}


def top(scores: list[float], candidates: list[int], k: int) -> list[int]:
    may = np.array([candidates], dtype=bool)
    return np.flatnonzero(top_mask(mask_scores(np.array([scores], dtype=np.float64), may), may, k)[0]).tolist()


def test_hits_at_first_and_third_place():
    found = one([5, 4, 3, 2, 1], [1, 1, 1, 1, 1], [1, 0, 1, 0, 0], 3)
    assert found == {
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 2),
        "f1": pytest.approx(2 * (2 / 3) * 1 / (2 / 3 + 1)),
        "hit_rate": 1,
        "map": pytest.approx((1 / 1 + 2 / 3) / 2),
        "ndcg": pytest.approx((1 + 1 / log2(4)) / (1 + 1 / log2(3))),
        "mrr": 1,
    }
    assert auc(ranked([5, 4, 3, 2, 1], [1, 1, 1, 1, 1], [1, 0, 1, 0, 0]))[0] == pytest.approx(5 / 6)


def test_first_hit_below_the_list_counts_only_for_the_rank_without_limit():
    found = one([5, 4, 3, 2], [1, 1, 1, 1], [0, 0, 0, 1], 3)
    assert set(found.values()) == {0}
    assert reciprocal_rank(ranked([5, 4, 3, 2], [1, 1, 1, 1], [0, 0, 0, 1]))[0] == 1 / 4


def test_map_at_seven_divides_by_the_places_that_could_be_hit():
    scores, everything = [9, 8, 7, 6, 5, 4, 3, 2, 1], [1] * 9
    assert one(scores, everything, [0, 1, 0, 0, 0, 0, 1, 1, 0], 7)["map"] == pytest.approx((1 / 2 + 2 / 7) / 3)
    assert one(scores, everything, [1, 0, 1, 1, 1, 1, 1, 1, 1], 7)["map"] == pytest.approx(
        (1 + 2 / 3 + 3 / 4 + 4 / 5 + 5 / 6 + 6 / 7) / 7
    )


def test_what_is_no_candidate_takes_no_place():
    assert one([9, 4, 3], [0, 1, 1], [0, 0, 1], 2)["ndcg"] == pytest.approx(1 / log2(3))
    assert auc(ranked([9, 4, 3], [0, 1, 1], [0, 0, 1]))[0] == 0


def test_relevant_product_that_is_no_candidate_counts_for_nothing():
    assert one([9, 4, 3], [0, 1, 1], [1, 0, 1], 2) == one([9, 4, 3], [0, 1, 1], [0, 0, 1], 2)


def test_more_relevant_products_than_places():
    found = one([3, 2, 1], [1, 1, 1], [1, 1, 1], 2)
    assert (found["precision"], found["recall"], found["map"], found["ndcg"]) == (1, pytest.approx(2 / 3), 1, 1)


def test_precision_divides_by_the_whole_list_where_candidates_are_fewer():
    assert one([3, 2, 1], [1, 0, 1], [1, 0, 0], 5)["precision"] == 1 / 5


def test_equal_scores_keep_the_order_of_the_products():
    assert one([1, 1, 1], [1, 1, 1], [0, 1, 0], 3)["mrr"] == 1 / 2
    assert one([1, 1, 1, 2], [0, 1, 1, 1], [0, 0, 1, 0], 3)["mrr"] == 1 / 3
    assert top([0, 0, 0], [1, 1, 1], 2) == [0, 1]
    assert top([1, 1, 2, 1], [0, 1, 1, 1], 2) == [1, 2]


def test_ties_count_half_in_the_auc():
    assert auc(ranked([1, 1, 1], [1, 1, 1], [0, 0, 1]))[0] == 0.5
    assert auc(ranked([2, 1, 1, 0], [1, 1, 1, 1], [0, 0, 1, 0]))[0] == pytest.approx((0 + 1 / 2 + 1) / 3)


def test_top_list_is_of_the_highest_scores_and_of_candidates_only():
    assert top([5, 1, 4, 3], [1, 1, 1, 1], 2) == [0, 2]
    assert top([5, 1, 4, 3], [0, 1, 1, 1], 2) == [2, 3]
    assert top([1, 2, 3], [1, 0, 1], 2) == [0, 2]
    assert top([1, 2, 3], [0, 0, 1], 2) == [2]
    assert top([1, 2, 3], [1, 0, 1], 10) == [0, 2]


def test_auc_of_a_customer_without_a_pair_is_unknown():
    assert np.isnan(auc(ranked([1, 2], [0, 1], [0, 1]))[0])


def test_customer_who_opened_nothing_has_no_metrics():
    assert np.isnan(list(one([3, 2, 1], [1, 1, 1], [0, 0, 0], 2).values())).all()
    assert np.isnan(reciprocal_rank(ranked([3, 2, 1], [1, 1, 1], [0, 0, 0]))[0])


def test_score_that_is_no_number_has_no_place_in_a_ranking():
    may = np.array([[True, True, False]])
    with pytest.raises(ModelError, match="Of 2 scores of candidate products 1 are not finite"):
        mask_scores(np.array([[np.nan, 1.0, 2.0]]), may)
    mask_scores(np.array([[1.0, 1.0, np.nan]]), may)


def test_only_customers_with_a_relevant_candidate_are_tested():
    candidates = np.array([[1, 0], [1, 0], [1, 1]], dtype=bool)
    relevant = np.array([[1, 0], [0, 1], [0, 0]], dtype=bool)
    assert with_test(candidates, relevant).tolist() == [True, False, False]
    assert Trial(candidates, relevant).tested.tolist() == [0]
