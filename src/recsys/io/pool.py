"""Connections that a server keeps open and lends to its requests."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from recsys.io.postgres import Connection, Database

Pool = ConnectionPool[psycopg.Connection[Any]]

# A request that gets no connection for so long is turned away: waiting longer would only pile them up.
_MOST_SECONDS_TO_WAIT = 5.0
# A lookup of one customer takes ten times longer to plan than to run: it is planned once for each connection.
_SESSION = "-c timezone=UTC -c statement_timeout=10s -c plan_cache_mode=force_generic_plan"


# A server that is gone without a word is noticed within a minute, and by a request that waits for it in ten seconds.
_PATIENCE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def open_pool(database: Database, role: str, *, least: int, most: int) -> Pool:
    """Connections as `role`, between `least` and `most` of them. One that was ended meanwhile is not lent."""
    return ConnectionPool(
        database.url(role),
        min_size=least,
        max_size=most,
        timeout=_MOST_SECONDS_TO_WAIT,
        check=_check,
        kwargs={"application_name": "recsys-api", "options": _SESSION, "prepare_threshold": 0, **_PATIENCE},
        name="recsys-api",
        open=True,
    )


@contextmanager
def read_alone(pool: Pool) -> Iterator[Connection]:
    """A connection for single queries, each a transaction of its own without messages that begin and end it."""
    with pool.connection() as connection:
        connection.autocommit = True
        try:
            yield connection
        finally:
            if not connection.closed:
                connection.autocommit = False


def _check(connection: Connection) -> None:
    """Raise `OperationalError` where the connection was ended.

    The server speaks unasked when it ends one, and the kernel when the server is gone: only then it is worth a message
    to the server and back before each query.
    """
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    if watch.poll(0):
        ConnectionPool.check_connection(connection)
