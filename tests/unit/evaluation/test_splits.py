from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.evaluation.splits import Fold, fold_origins, folds_of, is_in_test, is_on_sale

AS_OF = date(2024, 12, 31)
LONG_AGO = date(2020, 1, 1)


def days(*values: str | None) -> np.ndarray:
    return np.array([value or "NaT" for value in values], dtype="datetime64[D]")


@given(
    as_of=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    history_days=st.integers(0, 2000),
    n_folds=st.integers(1, 6),
    horizon=st.integers(1, 120),
)
def test_folds_ascend_do_not_overlap_and_end_by_as_of(as_of, history_days, n_folds, horizon):
    first = as_of - timedelta(days=history_days)
    folds = folds_of(as_of, "events", first, n_folds, horizon)
    assert len(folds) == min(n_folds, max(0, history_days // horizon - 1))
    assert all(one.end <= next_one.origin for one, next_one in pairwise(folds))
    assert all(fold.origin - first >= timedelta(days=horizon) for fold in folds)
    assert not folds or folds[-1].end == as_of


def test_short_history_has_fewer_folds_down_to_none():
    assert fold_origins(AS_OF, "events", AS_OF - timedelta(days=130)) == (AS_OF - timedelta(days=60),)
    assert fold_origins(AS_OF, "events", AS_OF - timedelta(days=119)) == ()
    assert fold_origins(AS_OF, "events", None) == ()


def test_snapshot_is_one_fold_over_its_last_day():
    assert folds_of(AS_OF, "snapshot", LONG_AGO) == (Fold(date(2024, 12, 30), AS_OF),)


def test_product_is_on_sale_from_launch_until_the_day_before_withdrawal():
    launched, withdrawn = days(None, "2024-01-02", None, "2024-01-01"), days(None, None, "2024-01-01", "2024-01-02")
    assert is_on_sale(launched, withdrawn, date(2024, 1, 1)).tolist() == [True, False, False, True]


def test_test_begins_after_the_origin_and_includes_the_end():
    fold = Fold(date(2024, 1, 1), date(2024, 1, 3))
    opened = days("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04")
    assert is_in_test(opened, fold).tolist() == [False, True, True, False]
