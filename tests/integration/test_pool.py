from __future__ import annotations

from collections.abc import Iterator

import pytest

from recsys.io.pool import Pool, open_pool, read_alone
from recsys.io.postgres import Connection, Database


@pytest.fixture
def pool(database: Database) -> Iterator[Pool]:
    with open_pool(database, "api", least=2, most=2) as pool:
        pool.wait()
        yield pool


def backend_of(connection: Connection) -> int:
    row = connection.execute("select pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


def test_connection_that_the_server_ended_is_never_lent(pool: Pool, database: Database) -> None:
    with pool.connection() as one, pool.connection() as other:
        before = {backend_of(one), backend_of(other)}
    with database.connect("admin") as admin:
        # Waits until they have ended.
        admin.execute("select pg_terminate_backend(pid, 10000) from unnest(%s) as pid", [list(before)])
    with pool.connection() as one, pool.connection() as other:
        assert before.isdisjoint({backend_of(one), backend_of(other)})


def test_reading_alone_leaves_no_transaction_and_no_connection_that_commits_by_itself(
    pool: Pool, database: Database
) -> None:
    with read_alone(pool) as connection:
        backend = backend_of(connection)
        with database.connect("admin") as admin:
            row = admin.execute("select state from pg_stat_activity where pid = %s", [backend]).fetchone()
        assert row == ("idle",)
    with pool.connection() as one, pool.connection() as other:
        assert not one.autocommit
        assert not other.autocommit


def test_failed_reading_gives_its_connection_back(pool: Pool) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), read_alone(pool):
            raise ZeroDivisionError
    with pool.connection() as one, pool.connection() as other:
        assert backend_of(one) != backend_of(other)
