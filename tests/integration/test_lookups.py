from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import psycopg
import pytest
from tests.api.served_bank import ServedBank
from tests.copied_home import copied_home
from tests.integration.marts_of_a_small_bank import N_PERSONS, customer_id

from recsys.io.lookups import Lookups
from recsys.io.pool import loop_pool
from recsys.io.serving import read_recommendations
from recsys.settings import Settings

T = TypeVar("T")
CUSTOMERS = [customer_id(number) for number in range(N_PERSONS)]


@pytest.fixture(scope="module")
def bank(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBank]:
    with copied_home(server, tmp_path_factory.mktemp("bank") / "home") as home:
        yield ServedBank(home)


def look_up(bank: ServedBank, ask: Callable[[Lookups], Awaitable[T]], most: int = 1) -> T:
    async def asked() -> T:
        async with loop_pool(bank.database, "api", most=most) as pool:
            await pool.wait()
            return await ask(Lookups(pool))

    return asyncio.run(asked())


@pytest.mark.parametrize("most", [1, 3])
def test_everybody_who_asks_at_once_is_told_his_own_list_best_first(bank: ServedBank, most: int) -> None:
    asked = [*CUSTOMERS, "nobody", *CUSTOMERS[:5]]
    told = look_up(bank, lambda lookups: asyncio.gather(*map(lookups.recommendations, asked)), most)
    with bank.database.connect("api") as connection:
        assert told == [read_recommendations(connection, one) for one in asked]
    assert sum(map(bool, told)) > N_PERSONS / 2


def test_who_waits_hears_that_the_database_went_away_and_who_asks_later_is_answered(bank: ServedBank) -> None:
    async def ask(lookups: Lookups) -> None:
        with bank.database.connect("admin") as admin:
            # Nobody is answered before it is given back.
            admin.execute("lock table serving.products in access exclusive mode")
            waiting = asyncio.create_task(lookups.recommendations(CUSTOMERS[0]))
            while not admin.execute("select from pg_stat_activity where wait_event_type = 'Lock'").fetchall():
                await asyncio.sleep(0.01)
                admin.execute("select pg_stat_clear_snapshot()")
            admin.execute(
                """
                select pg_terminate_backend(pid, 10000) from pg_stat_activity
                where usename = 'api' and datname = current_database()
                """
            )
        with pytest.raises(psycopg.OperationalError):
            await waiting
        assert await lookups.recommendations(CUSTOMERS[0])

    look_up(bank, ask)


def test_who_stops_waiting_leaves_the_others_their_answer(bank: ServedBank) -> None:
    async def ask(lookups: Lookups) -> list[object]:
        tasks = [asyncio.create_task(lookups.recommendations(one)) for one in CUSTOMERS[:4]]
        await asyncio.sleep(0)
        tasks[2].cancel()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    told = look_up(bank, ask)
    assert isinstance(told[2], asyncio.CancelledError)
    with bank.database.connect("api") as connection:
        assert [told[place] for place in (0, 1, 3)] == [
            read_recommendations(connection, CUSTOMERS[place]) for place in (0, 1, 3)
        ]
