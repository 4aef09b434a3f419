"""What PostgreSQL says of the API's connections while somebody asks it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from recsys.io.postgres import Database

_SECONDS_BETWEEN_LOOKS = 0.5


@dataclass
class Connections:
    """Most at any look: `opened`, and those that did nothing within a transaction for a second or more."""

    opened: int = 0
    left_in_transaction: int = 0
    looks: int = 0

    def look(self, connection: Any) -> int:
        """Count them now; how many there are."""
        opened, left = connection.execute(
            """
            select
                count(*),
                count(*) filter (
                    where state like 'idle in transaction%' and clock_timestamp() - state_change > interval '1 second'
                )
            from pg_stat_activity where usename = 'api'
            """
        ).fetchone()
        self.opened, self.left_in_transaction = max(self.opened, opened), max(self.left_in_transaction, left)
        self.looks += 1
        return int(opened)


def count_connections(database: Database) -> int:
    """Of the role `api`, now."""
    with database.connect("admin", autocommit=True) as connection:
        return Connections().look(connection)


@contextmanager
def watched_connections(database: Database) -> Iterator[Connections]:
    """Look at them twice a second while the block lasts."""
    watched, is_over = Connections(), threading.Event()

    def watch() -> None:
        with database.connect("admin", autocommit=True) as connection:
            watched.look(connection)
            while not is_over.wait(_SECONDS_BETWEEN_LOOKS):
                watched.look(connection)

    thread = threading.Thread(target=watch, name="connections")
    thread.start()
    try:
        yield watched
    finally:
        is_over.set()
        thread.join()
