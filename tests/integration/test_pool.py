from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from recsys.io.pool import LoopConnection, Pool, loop_pool, open_pool
from recsys.io.postgres import Connection, Database

_BACKEND = "select pg_backend_pid()"


@pytest.fixture
def pool(database: Database) -> Iterator[Pool]:
    with open_pool(database, "api", most=2) as pool:
        pool.wait()
        yield pool


def backend_of(connection: Connection) -> int:
    row = connection.execute(_BACKEND).fetchone()
    assert row is not None
    return int(row[0])


async def backend_on_loop(connection: LoopConnection) -> int:
    row = await (await connection.execute(_BACKEND)).fetchone()
    assert row is not None
    return int(row[0])


def end(database: Database, backends: set[int]) -> None:
    with database.connect("admin") as admin:
        # Waits until they have ended.
        admin.execute("select pg_terminate_backend(pid, 10000) from unnest(%s) as pid", [list(backends)])


def test_connection_that_the_server_ended_is_never_lent(pool: Pool, database: Database) -> None:
    with pool.connection() as one, pool.connection() as other:
        before = {backend_of(one), backend_of(other)}
    end(database, before)
    with pool.connection() as one, pool.connection() as other:
        assert before.isdisjoint({backend_of(one), backend_of(other)})


def test_neither_is_one_of_the_event_loop_and_a_query_leaves_no_transaction_there(database: Database) -> None:
    async def look_up() -> None:
        async with loop_pool(database, "api", most=1) as pool:
            async with pool.connection() as connection:
                before = await backend_on_loop(connection)
                with database.connect("admin") as admin:
                    row = admin.execute("select state from pg_stat_activity where pid = %s", [before]).fetchone()
                assert row == ("idle",)
            end(database, {before})
            async with pool.connection() as connection:
                assert await backend_on_loop(connection) != before

    asyncio.run(look_up())
