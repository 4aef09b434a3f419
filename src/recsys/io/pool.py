"""Connections that a server keeps open and lends to its requests: to threads, and for lookups to its event loop."""

from __future__ import annotations

import select
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from recsys.io.postgres import Connection, Database

LoopConnection = psycopg.AsyncConnection[Any]
Pool = ConnectionPool[psycopg.Connection[Any]]
LoopPool = AsyncConnectionPool[LoopConnection]

# A request that gets no connection for so long is turned away: waiting longer would only pile them up.
_MOST_SECONDS_TO_WAIT = 5.0
_LEAST = 2
_CONNECTION = {
    "application_name": "recsys-api",
    # A lookup of one customer takes ten times longer to plan than to run: it is planned once for each connection.
    "options": "-c timezone=UTC -c statement_timeout=10s -c plan_cache_mode=force_generic_plan",
    "prepare_threshold": 0,
    # A server that is gone without a word is noticed within a minute, by a request that waits for it in ten seconds.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def open_pool(database: Database, role: str, *, most: int) -> Pool:
    """At most so many connections as `role`. One that was ended meanwhile is not lent."""
    return ConnectionPool(
        database.url(role),
        min_size=min(_LEAST, most),
        max_size=most,
        timeout=_MOST_SECONDS_TO_WAIT,
        check=_check,
        kwargs=_CONNECTION,
        name="recsys-api",
        open=True,
    )


def loop_pool(database: Database, role: str, *, most: int) -> LoopPool:
    """The same for what asks once and on the event loop: each query is a transaction of its own. Entered, it is open.

    A thread that waits for PostgreSQL and then for its turn took as long again as the lookup.
    """
    return AsyncConnectionPool(
        database.url(role),
        min_size=min(_LEAST, most),
        max_size=most,
        timeout=_MOST_SECONDS_TO_WAIT,
        check=_check_on_loop,
        kwargs={**_CONNECTION, "autocommit": True},
        name="recsys-api-lookups",
        open=False,
    )


def _check(connection: Connection) -> None:
    if _has_spoken(connection):
        ConnectionPool.check_connection(connection)


async def _check_on_loop(connection: LoopConnection) -> None:
    if _has_spoken(connection):
        await AsyncConnectionPool.check_connection(connection)


def _has_spoken(connection: Connection | LoopConnection) -> bool:
    """Whether the server spoke unasked, as when it ends a connection, or the kernel did since the server is gone.

    Only then it is worth a message to the server and back before each query.
    """
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return bool(watch.poll(0))
