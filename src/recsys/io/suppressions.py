"""`ops.suppressions`: of whom readers see nothing, or nothing that was profiled."""

from __future__ import annotations

from recsys.io.postgres import Connection


def await_suppressions(connection: Connection) -> None:
    """Wait until every suppression that has begun can be read; those who begin later are hidden by readers' view."""
    connection.execute("select ops.await_suppressions()")
