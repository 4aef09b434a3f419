from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.evaluation.comparison import Change, Compared, compare

CUSTOMERS = np.array([0, 1, 2, 3, 3, 4])
TAGS = {"data_fingerprint": "abc", "split_id": "s1", "tested": "t1", "code_version": "0.1.0+aaa", "due": "no champion"}
LEFT = Compared(
    "1", "trees", TAGS, {"seed": "7", "leaves": "15"}, {"ndcg_at_5": 0.5, "old": 1.0}, np.full(6, 0.5), CUSTOMERS
)
RIGHT = Compared(
    "2",
    "trees",
    {**TAGS, "code_version": "0.1.0+bbb", "due": "always"},
    {"seed": "7", "leaves": "31", "bins": "255"},
    {"ndcg_at_5": 0.625, "new": 2.0},
    np.array([0.5, 0.75, 0.5, 0.75, 0.75, 0.5]),
    CUSTOMERS,
)


def test_only_what_differs_is_told_of_origins_and_parameters():
    found = compare(LEFT, RIGHT, 7)
    assert found.origins == [Change("code", "0.1.0+aaa", "0.1.0+bbb")]
    assert found.params == [Change("leaves", "15", "31"), Change("bins", None, "255")]


def test_every_metric_of_either_side_is_set_beside_the_other():
    pairs = {pair.name: (pair.left, pair.right, pair.difference) for pair in compare(LEFT, RIGHT, 7).metrics}
    assert pairs == {"ndcg_at_5": (0.5, 0.625, 0.125), "old": (1.0, None, None), "new": (None, 2.0, None)}


def test_difference_is_paired_where_the_same_customers_were_tested():
    paired = compare(LEFT, RIGHT, 7).paired
    assert paired is not None
    assert paired.mean == pytest.approx(0.125)
    assert paired.lower < 0.125 < paired.upper


@pytest.mark.parametrize(
    "other",
    [
        replace(RIGHT, tags={**RIGHT.tags, "data_fingerprint": "another"}),
        replace(RIGHT, tags={**RIGHT.tags, "split_id": "s2"}),
        replace(RIGHT, tags={**RIGHT.tags, "tested": "t2"}),
        replace(RIGHT, customers=CUSTOMERS[::-1]),
        replace(RIGHT, ndcg=None),
    ],
    ids=["other data", "other split", "other consents", "other customers", "no rankings"],
)
def test_there_is_no_paired_difference_of_other_customers(other: Compared):
    assert compare(LEFT, other, 7).paired is None


def test_runs_without_tags_are_not_taken_for_the_same_data():
    assert compare(replace(LEFT, tags={}), replace(RIGHT, tags={}), 7).paired is None
