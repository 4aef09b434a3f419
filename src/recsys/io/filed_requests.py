"""What customers ask for as of right by themselves: filed without a key, sealed by whoever carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from recsys.io.postgres import Connection, keep_keys
from recsys.io.privacy_requests import sealed_subject, set_request
from recsys.io.secrets import Secrets
from recsys.privacy.requests import RequestState, tombstone_hashes

OwnKind = Literal["access", "export"]


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """How far a request is that the customer filed."""

    request_id: int
    kind: OwnKind
    state: Literal["received", "running", "done", "refused", "failed"]
    received_at: datetime
    due_at: datetime


def file_own_request(connection: Connection, customer_key: str, kind: OwnKind) -> int:
    """File a request of the customer and return its number; one that is open already is that one."""
    row = connection.execute("select ops.file_own_request(%s, %s)", [customer_key, kind]).fetchone()
    assert row is not None
    return int(row[0])


def read_own_requests(connection: Connection, customer_key: str, asked_by: str) -> list[OwnRequest]:
    """What the customer filed, the latest first; the look is written down."""
    with connection.cursor(row_factory=class_row(OwnRequest)) as cursor:
        return cursor.execute("select * from ops.requests_of(%s, %s)", [customer_key, asked_by]).fetchall()


def seal_filed_requests(connection: Connection, secrets: Secrets) -> int:
    """Seal whose the new ones are, so that they are carried out like all others, and return how many there were.

    Keys are kept until `connection` closes, as by `file_request`. Of whoever is held nothing of any more a request is
    refused.
    """
    keep_keys(connection)
    rows = connection.execute("select request_id, customer_id from ops.take_filed_requests()").fetchall()
    for number, customer_id in rows:
        if customer_id is None:
            set_request(connection, number, RequestState.REFUSED, {"reason": "nothing is held"})
            continue
        connection.execute(
            "select ops.seal_filed_request(%s, %s, %s)",
            [
                number,
                tombstone_hashes([customer_id], secrets.key("tombstone_key"))[0],
                sealed_subject(secrets, customer_id, {}),
            ],
        )
    return len(rows)
