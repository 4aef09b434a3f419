from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from recsys.api import sliding_minute
from recsys.api.sliding_minute import SlidingMinute

# Seconds between one request and the next.
PAUSES = st.lists(st.floats(0, 200, allow_nan=False), min_size=1, max_size=60)


def test_the_example_is_right() -> None:
    assert doctest.testmod(sliding_minute).failed == 0


@given(PAUSES, st.integers(1, 20))
def test_no_minute_of_the_clock_has_more_than_are_answered(pauses: list[float], most: int) -> None:
    minute, now = SlidingMinute(), 0.0
    answered: dict[int, int] = {}
    for pause in pauses:
        now += pause
        if minute.count("ada", most, now) == 0:
            answered[int(now // 60)] = answered.get(int(now // 60), 0) + 1
    assert max(answered.values()) <= most


@given(PAUSES, st.integers(1, 20))
def test_who_waits_as_long_as_he_is_told_is_answered(pauses: list[float], most: int) -> None:
    minute, now = SlidingMinute(), 0.0
    for pause in pauses:
        now += pause
        wait = minute.count("ada", most, now)
        assert wait <= 120
        if wait:
            now += wait + 0.001
            assert minute.count("ada", most, now) == 0


def test_nobody_is_slowed_down_by_others_and_what_is_two_minutes_old_is_forgotten() -> None:
    minute = SlidingMinute()
    assert minute.count("ada", 1, 0) == 0
    assert minute.count("ada", 1, 1) > 0
    assert minute.count("bob", 1, 1) == 0
    assert minute.count("ada", 1, 120) == 0


def test_a_share_of_the_minute_before_counts() -> None:
    minute = SlidingMinute()
    assert [minute.count("ada", 4, 30) for _ in range(4)] == [0, 0, 0, 0]
    # A quarter of the next minute: three quarters of four are left.
    assert [minute.count("ada", 4, 75) for _ in range(2)] == [0, 15]
