"""`ops.privacy_requests`: what customers ask for, from receipt to the end, through functions that write it down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from getpass import getuser
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from recsys.errors import NotFoundError
from recsys.io.postgres import Connection, keep_keys
from recsys.io.sealing import seal, unseal
from recsys.io.secrets import Secrets
from recsys.privacy.requests import RequestKind, RequestState, tombstone_hashes
from recsys.types import JSON

PURPOSE = "privacy request"
COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that waits or was cut off. `parameters` say what was asked for beside the kind."""

    request_id: int
    kind: RequestKind
    customer_id: str = field(repr=False)
    parameters: Mapping[str, Any] = field(repr=False, default_factory=dict)


def file_request(
    connection: Connection,
    secrets: Secrets,
    kind: RequestKind,
    customer_id: str,
    *,
    channel: str = COMMAND_LINE,
    parameters: Mapping[str, Any] | None = None,
) -> int:
    """Write a request down, with its deadline, and return its number. Customer id and `parameters` are sealed.

    Raises `NotFoundError` for an empty id: rows without one are of many people. Keys are kept until `connection`
    closes: what was sealed under one that is being rotated would never open again.
    """
    if not customer_id.strip():
        raise NotFoundError("An empty customer id is nobody's.", remedy="Give the bank's own id of the customer.")
    keep_keys(connection)
    row = connection.execute(
        "select ops.file_privacy_request(%s, %s, %s, %s, %s)",
        [
            kind,
            tombstone_hashes([customer_id], secrets.key("tombstone_key"))[0],
            sealed_subject(secrets, customer_id, parameters or {}),
            getuser(),
            channel,
        ],
    ).fetchone()
    assert row is not None
    return int(row[0])


def sealed_subject(secrets: Secrets, customer_id: str, parameters: Mapping[str, Any]) -> bytes:
    """Whose request it is, and what was asked for beside the kind, under the contact key."""
    subject = {"customer_id": customer_id, "parameters": dict(parameters)}
    return seal(json.dumps(subject).encode(), secrets.key("contact_key"), PURPOSE)


def read_open_requests(connection: Connection, secrets: Secrets, request_id: int | None = None) -> list[OpenRequest]:
    """Requests that wait or were cut off, the oldest first; or the one that is named, where it is open."""
    rows = connection.execute("select * from ops.read_open_requests(%s)", [request_id]).fetchall()
    found = []
    for number, kind, _, _, sealed in rows:
        subject = json.loads(unseal(sealed, secrets.key("contact_key"), PURPOSE))
        found.append(OpenRequest(number, RequestKind(kind), subject["customer_id"], subject["parameters"]))
    return found


def keep_in_request(connection: Connection, secrets: Secrets, request: OpenRequest, **found: Any) -> None:
    """Seal with a running request what the tables may have forgotten when it is carried out again."""
    with _known(request.request_id):
        connection.execute(
            "select ops.set_privacy_request(%s, %s, %s, %s)",
            [
                request.request_id,
                RequestState.RUNNING,
                Jsonb({}),
                sealed_subject(secrets, request.customer_id, {**request.parameters, **found}),
            ],
        )


def set_request(
    connection: Connection, request_id: int, state: RequestState, details: Mapping[str, JSON] | None = None
) -> None:
    """Take a request one state further, with counts of what was done; `done` and `refused` forget whose it is.

    Raises `NotFoundError` where there is no such request, or it is over.
    """
    with _known(request_id):
        connection.execute(
            "select ops.set_privacy_request(%s, %s, %s)", [request_id, state, Jsonb(dict(details or {}))]
        )


def extend_request(connection: Connection, request_id: int, why: str) -> datetime:
    """Give a request two further months, once, and return the new deadline.

    Raises `NotFoundError` where there is no such request, it is over, or it was extended before.
    """
    with _known(request_id):
        row = connection.execute(
            "select ops.extend_privacy_request(%s, %s, %s)", [request_id, why, getuser()]
        ).fetchone()
    assert row is not None
    return datetime.fromisoformat(str(row[0]))


@contextmanager
def carrying_out(connection: Connection, request_id: int) -> Iterator[dict[str, JSON]]:
    """Mark a request as running, and as done with the counts that the block puts down; as failed where it raises.

    Each state is committed, so that a request that was killed is found running and carried out again.
    """
    set_request(connection, request_id, RequestState.RUNNING)
    connection.commit()
    details: dict[str, JSON] = {}
    try:
        yield details
    except NotFoundError:
        connection.rollback()
        set_request(connection, request_id, RequestState.REFUSED, {"reason": "nothing is held"})
        connection.commit()
        raise
    except Exception as error:
        connection.rollback()
        set_request(connection, request_id, RequestState.FAILED, {"error": type(error).__name__})
        connection.commit()
        raise
    set_request(connection, request_id, RequestState.DONE, details)
    connection.commit()


def list_requests(connection: Connection, *, only_overdue: bool = False) -> list[dict[str, Any]]:
    """Requests without whose they are, the next deadline first among those that are open."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select listed.* from (
                select
                    request_id, kind, state, received_at, coalesce(extended_until, due_at) as due_at, completed_at,
                    requested_by, channel, details,
                    state not in ('done', 'refused') and coalesce(extended_until, due_at) < now() as is_overdue
                from ops.privacy_requests
            ) as listed
            where listed.is_overdue or not %s
            order by listed.completed_at is not null, listed.due_at, listed.request_id
            """,
            [only_overdue],
        ).fetchall()


@contextmanager
def _known(request_id: int) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.RaiseException as error:
        raise NotFoundError(
            f"Request {request_id} does not exist, is over, or was extended before.",
            remedy="`recsys privacy requests` lists them.",
        ) from error
