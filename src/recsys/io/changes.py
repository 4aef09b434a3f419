"""What differs between a publication and what is read now, customer by customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from recsys.io.postgres import Connection


@dataclass(frozen=True, slots=True)
class Page:
    """Customers by id: `changes` of those whose list differs, `last` of all that were looked at, None after the end."""

    changes: list[tuple[str, str]]
    last: str | None


def read_changes(connection: Connection, since: int, after: str, n_customers: int) -> Page:
    """The next `n_customers` after the id `after`: whose list `appeared`, `changed` or is `gone` since `since`."""
    rows = connection.execute(
        "select customer_id, change from serving.read_changes(%s, %s, %s)", [since, after, n_customers]
    ).fetchall()
    last = rows[-1][0] if len(rows) == n_customers else None
    return Page([(customer_id, change) for customer_id, change in rows if change is not None], last)


def read_published_at(connection: Connection, publication_id: int) -> datetime | None:
    """When a publication whose rows are still there was published."""
    row = connection.execute(
        "select published_at from serving.publications where publication_id = %s and state = 'published'",
        [publication_id],
    ).fetchone()
    return row[0] if row else None


def count_erased(connection: Connection, since: datetime) -> int:
    """Customers who were erased on that day or later."""
    row = connection.execute("select serving.count_erased(%s)", [since]).fetchone()
    assert row is not None
    return int(row[0])


def begin_reading(connection: Connection) -> None:
    """Let everything that this transaction reads be of one moment: nothing is published in between."""
    connection.execute("set transaction isolation level repeatable read read only")
