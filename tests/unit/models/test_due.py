from __future__ import annotations

from datetime import date, timedelta

import pytest

from recsys.errors import ModelError
from recsys.models.due import Standing, why_due

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
    ],
)
def test_training_is_due_by_itself_when_the_champion_is_missing_old_or_does_not_fit(champion, is_due, reason):
    due, why = why_due("auto", champion, AS_OF, max_age_days=7)
    assert due is is_due
    assert reason in why


def test_always_trains_and_never_does_not():
    assert why_due("always", FRESH, AS_OF, 7)[0] is True
    assert why_due("never", Standing(AS_OF - timedelta(days=99), True, ("new",)), AS_OF, 7)[0] is False


@pytest.mark.parametrize("champion", [None, Standing(AS_OF, False, ())])
def test_never_without_a_champion_that_fits_is_an_error(champion):
    with pytest.raises(ModelError, match="switched off"):
        why_due("never", champion, AS_OF, 7)
