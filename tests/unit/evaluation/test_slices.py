from __future__ import annotations

import numpy as np
import pytest

from recsys.evaluation.slices import Slicing, sum_slices

SEGMENTS = Slicing("segment", np.array([0, 1, 0, -1], dtype=np.int32), ("retail", "private"))
VALUES = {"ndcg_at_5": np.array([1.0, 0.5, 0.0, 0.25]), "auc": np.array([np.nan, 0.5, 0.75, 1.0])}


def test_customers_are_averaged_within_their_slice_and_unknown_ones_are_in_none():
    assert sum_slices(SEGMENTS, VALUES).means(smallest=1) == {
        "retail": {"ndcg_at_5": pytest.approx((1 + 0) / 2), "auc": 0.75},
        "private": {"ndcg_at_5": 0.5, "auc": 0.5},
    }


def test_small_slice_is_named_and_not_measured():
    sums = sum_slices(SEGMENTS, VALUES)
    assert set(sums.means(smallest=2)) == {"retail"}
    assert sums.withheld(smallest=2) == ("private",)
    assert sums.means() == {}
    assert sums.withheld() == ("retail", "private")


def test_folds_add_up_by_the_names_of_their_slices():
    other = Slicing("segment", np.array([0, 1, 1, 1], dtype=np.int32), ("student", "retail"))
    both = sum_slices(SEGMENTS, VALUES) + sum_slices(other, VALUES)
    assert both.labels == ("retail", "private", "student")
    assert both.n_customers.tolist() == [5, 1, 1]
    assert both.means(smallest=1)["retail"]["ndcg_at_5"] == pytest.approx((1 + 0 + 0.5 + 0 + 0.25) / 5)
    assert both.means(smallest=1)["student"] == {"ndcg_at_5": 1}


def test_slicing_follows_a_choice_of_rows():
    assert SEGMENTS.take(np.array([1, 3])).codes.tolist() == [1, -1]
