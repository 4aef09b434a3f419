"""How often everybody asked in the last minute, estimated from two counts."""

from __future__ import annotations

import math
from threading import Lock

_SECONDS = 60.0


class SlidingMinute:
    """Counts by name. The minute that ends now is all of the running one and a share of the one before, as large as it
    reaches into it.

    Whoever asks costs two counts and no timer, and all names of a minute are forgotten at once when it is two minutes
    old: with a million customers nobody goes through them.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def count(self, name: str, most: int, now: float) -> float:
        """One more by `name` at `now`, in seconds: 0, or, where `most` of a minute are reached and it does not count,
        in how many seconds it would.

        >>> minute = SlidingMinute()
        >>> [minute.count("ada", 2, now=0.0) for _ in range(3)]
        [0.0, 0.0, 90.0]
        >>> minute.count("ada", 2, now=91.0)
        0.0
        """
        minute, since = divmod(now, _SECONDS)
        with self._lock:
            self._turn_to(int(minute))
            counted, before = self._counts.get(name, 0), self._before.get(name, 0)
            if counted + before * (1 - since / _SECONDS) + 1 <= most:
                self._counts[name] = counted + 1
                return 0.0
        return _free_in(counted, before, most, since)

    def _turn_to(self, minute: int) -> None:
        if minute > self._minute:
            self._before = self._counts if minute == self._minute + 1 else {}
            self._minute, self._counts = minute, {}


def _free_in(counted: int, before: int, most: int, since: float) -> float:
    """Seconds until one more fits, if nobody asks meanwhile."""
    if counted < most:
        return _seconds_until(before, most - counted - 1) - since
    return _SECONDS - since + _seconds_until(counted, most - 1)


def _seconds_until(n: int, kept: int) -> float:
    """Into the next minute, until of `n` only `kept` are counted."""
    return math.ceil(_SECONDS * (1 - kept / n)) if n > kept else 0.0
