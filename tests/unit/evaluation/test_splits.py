from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.evaluation.splits import Fold, is_in_test, is_on_sale, plan_split, split_of

AS_OF = date(2024, 12, 31)
LONG_AGO = date(2020, 1, 1)


def days(*values: str | None) -> np.ndarray:
    return np.array([value or "NaT" for value in values], dtype="datetime64[D]")


@given(
    as_of=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    history_days=st.integers(0, 2000),
    horizon=st.integers(2, 120),
)
def test_folds_ascend_do_not_overlap_and_end_by_as_of(as_of, history_days, horizon):
    first = as_of - timedelta(days=history_days)
    folds = plan_split(as_of, "events", first, 7, horizon).folds
    assert len(folds) == min(5, max(0, history_days // horizon - 1))
    assert all(one.end <= next_one.origin for one, next_one in pairwise(folds))
    assert all(fold.origin - first >= timedelta(days=horizon) for fold in folds)
    assert not folds or folds[-1].end == as_of


@pytest.mark.parametrize(
    ("n_folds", "roles"), [(0, ""), (1, "O"), (2, "IO"), (3, "IOO"), (4, "IOOO"), (5, "IIOOO"), (9, "IIOOO")]
)
def test_inner_folds_come_before_outer_ones_and_one_judges_as_soon_as_there_is_one(n_folds: int, roles: str):
    split = plan_split(AS_OF, "events", AS_OF - timedelta(days=60 * (n_folds + 1)), 7)
    assert "".join("I" if fold.is_inner else "O" for fold in split.folds) == roles
    assert (*split.inner, *split.outer) == split.folds


def test_history_without_a_date_has_no_fold():
    assert plan_split(AS_OF, "events", None, 7).folds == ()
    assert plan_split(AS_OF, "events", AS_OF - timedelta(days=119), 7).folds == ()


def test_snapshot_is_an_inner_and_an_outer_fold_over_its_last_days():
    split = plan_split(AS_OF, "snapshot", LONG_AGO, 7)
    assert split.inner == (Fold(date(2024, 12, 29), date(2024, 12, 30), is_inner=True),)
    assert split.outer == (Fold(date(2024, 12, 30), AS_OF),)
    assert all(fold.is_snapshot for fold in split.folds)
    assert split.horizon_days == 1


@pytest.mark.parametrize("history", ["events", "snapshot"])
def test_split_is_made_again_from_its_own_description(history: str):
    split = plan_split(AS_OF, history, LONG_AGO, 11)
    again = split_of(json.loads(json.dumps(split.to_json())))
    assert again == split
    assert again.name == split.name != plan_split(AS_OF, history, LONG_AGO, 12).name


def test_product_is_on_sale_from_launch_until_the_day_before_withdrawal():
    launched, withdrawn = days(None, "2024-01-02", None, "2024-01-01"), days(None, None, "2024-01-01", "2024-01-02")
    assert is_on_sale(launched, withdrawn, date(2024, 1, 1)).tolist() == [True, False, False, True]


def test_test_begins_after_the_origin_and_includes_the_end():
    fold = Fold(date(2024, 1, 1), date(2024, 1, 3))
    opened = days("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04")
    assert is_in_test(opened, fold).tolist() == [False, True, True, False]
