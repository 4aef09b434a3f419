"""The dates for which features are built: for what is tested, for what is published, and for what is learned from."""

from __future__ import annotations

from datetime import date, timedelta

from recsys.evaluation.splits import HORIZON_DAYS, Split

# The oldest of so many lies six years back, where an opening weighs a sixtieth of a new one; each costs a row per
# customer.
MOST_EARLIER = 8


def plan_feature_dates(split: Split, as_of: date, first_event: date | None) -> tuple[date, ...]:
    """All origins and `as_of`, and dates before them back to `first_event`, the first dated opening; ascending.

    Models learn from every opening, and each is shown with the features of the date before it. The gap before the
    first origin is one horizon, and each further back is a horizon longer: the older an opening, the less it weighs.
    There are at most `MOST_EARLIER` of them. Of a snapshot one state is known, so there is nothing to go back to.

    >>> from recsys.evaluation.splits import plan_split
    >>> split = plan_split(date(2024, 12, 31), "events", date(2023, 6, 1), 7)
    >>> [day.isoformat() for day in plan_feature_dates(split, date(2024, 12, 31), date(2023, 6, 1))][:3]
    ['2023-09-08', '2024-01-06', '2024-03-06']
    """
    days = {*split.origins, as_of}
    if split.history == "snapshot" or first_event is None:
        return tuple(sorted(days))
    day = min(days)
    for gap in range(1, MOST_EARLIER + 1):
        day -= timedelta(days=gap * HORIZON_DAYS)
        if day < first_event:
            break
        days.add(day)
    return tuple(sorted(days))
