"""What persons decide about their data, written down and in force with one call each; see migration 0019."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from recsys.errors import NotFoundError
from recsys.io.postgres import Connection

_OBJECTED, _RESTRICTED = "object_to_profiling", "restrict_processing"


def record_consent(
    connection: Connection,
    customer_key: str,
    purpose: str,
    *,
    is_granted: bool,
    on_withdrawal: str,
    channel: str,
    request_id: int | None = None,
    asked_by: str | None = None,
) -> int:
    """Write down a consent or its withdrawal, and return for how many customers of the person a suppression changed.

    `asked_by` goes to the audit log; without it, as with every function here, the user of the machine. Raises
    `NotFoundError` for a key that no customer has, as every function here does.
    """
    arguments = [customer_key, purpose, is_granted, on_withdrawal, channel, asked_by or getuser(), request_id]
    return _call(connection, "record_consent", arguments)


def object_to_profiling(
    connection: Connection, customer_key: str, serves: str, request_id: int | None = None, asked_by: str | None = None
) -> int:
    """From now on the person is not profiled; the number of customers of the person."""
    return _call(connection, _OBJECTED, [customer_key, serves, asked_by or getuser(), request_id])


def restrict_processing(connection: Connection, customer_key: str, request_id: int | None = None) -> int:
    """From now on the person is stored and nothing else; the number of customers of the person."""
    return _call(connection, _RESTRICTED, [customer_key, getuser(), request_id])


def lift_objection(
    connection: Connection, customer_key: str, request_id: int | None = None, asked_by: str | None = None
) -> int:
    """Take an objection back; the number of customers for which there was one."""
    return _call(connection, "lift_objection", [customer_key, asked_by or getuser(), request_id])


def lift_restriction(connection: Connection, customer_key: str, request_id: int | None = None) -> int:
    """Process the person again; the number of customers for which there was a restriction."""
    return _call(connection, "lift_restriction", [customer_key, getuser(), request_id])


def read_consents(connection: Connection, customer_key: str, asked_by: str | None = None) -> list[dict[str, Any]]:
    """All that the person decided, of the feed and of the bank's desk, oldest first."""
    with known_customer(), connection.cursor(row_factory=dict_row) as cursor:
        arguments = [customer_key, asked_by or getuser()]
        return cursor.execute("select * from ops.read_consents(%s, %s)", arguments).fetchall()


def read_suppressions(connection: Connection, customer_key: str, asked_by: str | None = None) -> list[dict[str, Any]]:
    """What keeps recommendations from the person now."""
    with known_customer(), connection.cursor(row_factory=dict_row) as cursor:
        arguments = [customer_key, asked_by or getuser()]
        return cursor.execute("select * from ops.read_suppressions(%s, %s)", arguments).fetchall()


def customer_key_of(connection: Connection, customer_id: str) -> str:
    """The customer's key as the database knows it, for whoever has no key to compute it; good for this transaction.

    Raises `NotFoundError` for an id that no customer has.
    """
    with known_customer():
        row = connection.execute("select ops.customer_key_of(%s)", [customer_id]).fetchone()
    assert row is not None
    return str(row[0])


def _call(connection: Connection, name: str, arguments: list[Any]) -> int:
    call = sql.SQL("select {}({})").format(
        sql.Identifier("ops", name), sql.SQL(", ").join(sql.Placeholder() * len(arguments))
    )
    with known_customer():
        row = connection.execute(call, arguments).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def known_customer() -> Iterator[None]:
    """Raise `NotFoundError` where the database says that nobody has the key."""
    try:
        yield
    except psycopg.errors.NoDataFound:
        raise NotFoundError(
            "The bank has no customer with this id.", remedy="Ids are those of the feed, after the last run."
        ) from None
