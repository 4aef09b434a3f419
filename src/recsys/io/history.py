"""What was published for a customer, and what was answered to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from recsys.io.postgres import Connection


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is `listed` for a whole list as a publication had it, best first; else an answer about one product."""

    happened_at: datetime
    kind: str
    product_ids: list[str]
    publication_id: int | None
    reason: str | None
    rating: int | None
    channel: str | None
    actor_role: str | None


def read_history(connection: Connection, customer_id: str, n_most: int) -> list[Event]:
    """The latest `n_most` events, the latest first, as far as publications and answers are kept."""
    with connection.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute("select * from serving.read_history(%s, %s)", [customer_id, n_most]).fetchall()
