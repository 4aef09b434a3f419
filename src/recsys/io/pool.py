"""Connections that a server keeps open and lends to its requests."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from recsys.io.postgres import Database

Pool = ConnectionPool[psycopg.Connection[Any]]

# A request that gets no connection for so long is turned away: waiting longer would only pile them up.
_MOST_SECONDS_TO_WAIT = 5.0
# A lookup of one customer takes ten times longer to plan than to run: it is planned once for each connection.
_SESSION = "-c timezone=UTC -c statement_timeout=10s -c plan_cache_mode=force_generic_plan"


def open_pool(database: Database, role: str, *, least: int, most: int) -> Pool:
    """Connections as `role`, between `least` and `most` of them. A connection is tried before it is lent."""
    return ConnectionPool(
        database.url(role),
        min_size=least,
        max_size=most,
        timeout=_MOST_SECONDS_TO_WAIT,
        check=ConnectionPool.check_connection,
        kwargs={"application_name": "recsys-api", "options": _SESSION, "prepare_threshold": 0},
        name="recsys-api",
        open=True,
    )
