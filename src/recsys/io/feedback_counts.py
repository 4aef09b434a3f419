"""Counting what customers answered, for the figures of `reporting`."""

from __future__ import annotations

from datetime import datetime, timedelta

from recsys.io.postgres import Connection

_EVER = timedelta(days=36_500)


def last_counted(connection: Connection) -> datetime | None:
    """When answers were counted last, few or many; the first look counts them. None where nobody answered yet."""
    return count_feedback(connection, _EVER)


def count_feedback(connection: Connection, unless_within: timedelta) -> datetime | None:
    """Count answers anew, unless that was done within the time given; when it was, None where nobody answered yet."""
    row = connection.execute("select ops.count_feedback(%s)", [unless_within]).fetchone()
    assert row is not None
    counted_at: datetime | None = row[0]
    return counted_at
