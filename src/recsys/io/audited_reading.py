"""Large reads through a function of the database, which writes down that it was called and returns a cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, LiteralString

from psycopg import ServerCursor

from recsys.io.postgres import Connection


def read_by_function(
    connection: Connection, query: LiteralString, params: Sequence[Any], batch_rows: int
) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of the cursor that the function called in `query` opens, in batches, within this transaction.

    The function opened it with its owner's rights, so what it reads is nothing that the caller may select from.
    """
    row = connection.execute(query, params).fetchone()
    assert row is not None
    with ServerCursor(connection, row[0]) as cursor:
        while rows := cursor.fetchmany(batch_rows):
            yield rows
