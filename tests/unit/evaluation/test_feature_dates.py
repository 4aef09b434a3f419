from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from recsys.evaluation.feature_dates import MOST_EARLIER, plan_feature_dates
from recsys.evaluation.splits import HORIZON_DAYS, plan_split

AS_OF = date(2026, 6, 30)


def planned(first_opening: date | None, history: str = "events") -> tuple[list[date], list[date]]:
    """The dates before the first origin, and those from it on."""
    split = plan_split(AS_OF, history, first_opening, 7)
    dates = list(plan_feature_dates(split, AS_OF, first_opening))
    n_tested = len(split.folds) + 1
    assert dates[-n_tested:] == [*split.origins, AS_OF]
    return dates[:-n_tested], dates[-n_tested:]


def test_dates_before_the_first_origin_lie_one_horizon_further_apart_each():
    earlier, tested = planned(date(2020, 1, 1))
    gaps = [(later - before).days for before, later in pairwise([*earlier, tested[0]])]
    assert gaps == [HORIZON_DAYS * step for step in range(len(earlier), 0, -1)]


def test_dates_go_back_as_far_as_openings_and_no_further():
    second = AS_OF - timedelta(days=(5 + 1 + 2) * HORIZON_DAYS)
    assert planned(second)[0][0] == second
    assert planned(second + timedelta(days=1))[0] == [second + timedelta(days=2 * HORIZON_DAYS)]


def test_longest_history_adds_few_dates():
    assert len(planned(date(1900, 1, 1))[0]) == MOST_EARLIER


def test_snapshot_and_bank_without_dates_have_one_state_to_learn_from():
    assert planned(date(1990, 1, 1), "snapshot")[0] == []
    assert planned(None)[0] == []
    assert planned(None)[1] == [AS_OF]
