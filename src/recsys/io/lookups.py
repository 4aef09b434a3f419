"""Lists of customers, looked up on the event loop, and several at once where several are asked for at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from psycopg.rows import dict_row

from recsys.io.pool import LoopPool

Rows = list[dict[str, Any]]

_MOST_AT_ONCE = 16
# Customer by customer: the view is a barrier, and joined to it all of its rows would be read for a few of them.
_LISTS = """
select listed.*
from unnest(%s::text[]) as asked (customer_id)
cross join lateral (
    select shown.* from serving.recommendations as shown where shown.customer_id = asked.customer_id offset 0
) as listed
order by listed.customer_id, listed.rank
"""


class Lookups:
    """Whoever asks while all connections are at work is answered with the others who do, by one query.

    A query alone begins at once. The more are asked for at a time, the less each costs: to begin a query takes the
    server and the client longer than to look one customer up.
    """

    def __init__(self, pool: LoopPool) -> None:
        self._pool = pool
        self._asked: deque[tuple[str, asyncio.Future[Rows]]] = deque()
        self._at_work: set[asyncio.Task[None]] = set()

    async def recommendations(self, customer_id: str) -> Rows:
        """The customer's ranked products as `serving.read_recommendations` gives them: best first, empty for nobody.

        Raises `OperationalError` where the database does not answer.
        """
        answer: asyncio.Future[Rows] = asyncio.get_running_loop().create_future()
        self._asked.append((customer_id, answer))
        if len(self._at_work) < self._pool.max_size:
            task = asyncio.create_task(self._work())
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
        return await answer

    async def _work(self) -> None:
        while self._asked:
            some = [self._asked.popleft() for _ in range(min(len(self._asked), _MOST_AT_ONCE))]
            try:
                found = await self._look_up([customer_id for customer_id, _ in some])
            except Exception as error:
                for _, answer in some:
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for customer_id, answer in some:
                    if not answer.done():
                        answer.set_result(found.get(customer_id, []))

    async def _look_up(self, customer_ids: Sequence[str]) -> dict[str, Rows]:
        found: dict[str, Rows] = {}
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_LISTS, [list(set(customer_ids))])
            for row in await cursor.fetchall():
                found.setdefault(row["customer_id"], []).append(row)
        return found
