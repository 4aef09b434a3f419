"""When a source is due: once an hour, day or week of the calendar, or by five fields of cron; all in UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from recsys.errors import FeedFileError

_NAMED = {"hourly": "0 * * * *", "daily": "0 0 * * *", "weekly": "0 0 * * 1"}
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PART = re.compile(r"^(?:\*|([0-9]+)(?:-([0-9]+))?)(?:/([0-9]+))?$")
# Every date that exists comes back within eight years: the 29th of February around a year that skips it.
_MAX_DAYS = 8 * 366 + 1


def check_schedule(schedule: str, where: str) -> None:
    """Raise `FeedFileError` for a schedule that is none."""
    try:
        _fields(schedule)
    except ValueError:
        remedy = 'Say hourly, daily, weekly or five fields of cron, such as "30 5 * * 1-5".'
        raise FeedFileError(f"{where}: schedule is {schedule!r}.", remedy=remedy) from None


def is_due(schedule: str, last: datetime | None, now: datetime) -> bool:
    """Whether a time of `schedule` has come since the load at `last`; a source that was never loaded is due.

    Both times are of one time zone, UTC. A load at 10:55 does not keep an hourly source from being due at 11:00.
    """
    if last is None:
        return True
    before = _last_time(schedule, now)
    return before is not None and before > last


def _last_time(schedule: str, now: datetime) -> datetime | None:
    """The last time of `schedule` that is not after `now`."""
    minutes, hours, days, months, weekdays = _fields(schedule)
    # As in cron: where both days are restricted, either will do.
    is_either = len(days) < 31 and len(weekdays) < 7
    for back in range(_MAX_DAYS):
        day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=back)
        on_day, on_weekday = day.day in days, day.isoweekday() % 7 in weekdays
        if day.month not in months or not (on_day or on_weekday if is_either else on_day and on_weekday):
            continue
        times = [day.replace(hour=hour, minute=minute) for hour in hours for minute in minutes]
        passed = [time for time in times if time <= now]
        if passed:
            return max(passed)
    return None


def _fields(schedule: str) -> tuple[set[int], ...]:
    texts = _NAMED.get(schedule, schedule).split()
    if len(texts) != len(_RANGES):
        raise ValueError(schedule)
    fields = [_field(text, *bounds) for text, bounds in zip(texts, _RANGES, strict=True)]
    fields[4] = {weekday % 7 for weekday in fields[4]}
    return tuple(fields)


def _field(text: str, low: int, high: int) -> set[int]:
    values: set[int] = set()
    for part in text.split(","):
        match = _PART.match(part)
        if match is None:
            raise ValueError(text)
        first = low if match[1] is None else int(match[1])
        last = int(match[2]) if match[2] else (high if match[1] is None or match[3] else first)
        step = int(match[3] or 1)
        if not low <= first <= last <= high or step == 0:
            raise ValueError(text)
        values.update(range(first, last + 1, step))
    return values
