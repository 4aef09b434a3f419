"""How far before the last cursor a source is read again, so that rows that came late are found."""

from __future__ import annotations

import re
from datetime import timedelta

from recsys.errors import FeedFileError

_LAG = re.compile(r"^([0-9]+)(?: (minute|hour|day|week)s?)?$")
_UNITS = {"minute": "minutes", "hour": "hours", "day": "days", "week": "weeks"}


def parse_lag(text: str, where: str = "lag") -> timedelta | int:
    """A span of time for cursors of time, a number for cursors that count; nothing is 0.

    Raises:
        FeedFileError: it is neither.
    """
    if not text:
        return 0
    match = _LAG.match(text)
    if match is None:
        raise FeedFileError(f"{where}: lag is {text!r}.", remedy='Say "30 minutes", "2 days" or, for counts, "100".')
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match[2] else int(match[1])
