from __future__ import annotations

from datetime import date, timedelta

import pytest

from recsys.errors import ModelError
from recsys.governance.due import Standing, why_due

AS_OF = date(2024, 6, 30)
FRESH = Standing(AS_OF - timedelta(days=6), has_current_features=True, unknown_products=())


@pytest.mark.parametrize(
    ("champion", "is_due", "reason"),
    [
        (None, True, "no champion"),
        (FRESH, False, "6 days"),
        (Standing(AS_OF - timedelta(days=7), True, ()), True, "7 days"),
        (Standing(AS_OF, False, ()), True, "other features"),
        (Standing(AS_OF, True, ("new_card",)), True, "new_card"),
        (Standing(date.min, False, (), is_readable=False), True, "cannot be read"),
        (Standing(AS_OF + timedelta(days=1), True, ()), True, "later than 2024-06-30"),
    ],
)
def test_training_is_due_by_itself_when_the_champion_is_missing_old_or_does_not_fit(champion, is_due, reason):
    due, why = why_due("auto", champion, AS_OF, max_age_days=7)
    assert due is is_due
    assert reason in why


def test_always_trains_and_never_does_not():
    assert why_due("always", FRESH, AS_OF, 7)[0] is True
    assert why_due("never", Standing(AS_OF - timedelta(days=99), True, ("new",)), AS_OF, 7)[0] is False


@pytest.mark.parametrize(("compared_days_ago", "is_due"), [(1, False), (6, False), (7, True), (30, True)])
def test_training_that_refused_every_candidate_is_not_repeated_the_next_morning(compared_days_ago, is_due):
    compared = AS_OF - timedelta(days=compared_days_ago)
    old = Standing(AS_OF - timedelta(days=30), True, (), compared_until=compared)
    assert why_due("auto", old, AS_OF, 7)[0] is is_due


@pytest.mark.parametrize("champion", [None, Standing(AS_OF, False, ()), Standing(AS_OF, True, (), is_readable=False)])
def test_never_without_a_champion_that_fits_is_an_error(champion):
    with pytest.raises(ModelError, match="switched off"):
        why_due("never", champion, AS_OF, 7)
