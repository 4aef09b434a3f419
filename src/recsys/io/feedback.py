"""`ops.feedback`: what customers did with what they were shown, written all of a call or nothing, once, and read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from recsys.io.postgres import Connection
from recsys.privacy.keys import pseudonyms

Reason = Literal["not_interested", "not_now", "already_have", "too_expensive", "too_risky", "not_understood", "other"]
Kind = Literal["shown", "clicked", "dismissed", "rated", "applied", "accepted", "rejected"]
Channel = Literal["app", "web", "branch", "phone", "email"]
_CALLER_DOMAIN, _BODY_DOMAIN = "feedback call", "feedback body"


class KeyTakenError(Exception):
    """The caller has used this idempotency key for something else."""


@dataclass(frozen=True, slots=True)
class NotedFeedback:
    """What became of one item (its place in the call, from 0): its number and when, or what the trouble with it is.

    `trouble` is unknown_customer, unknown_product, not_in_publication, other_position or in_the_future; where one item
    has a trouble, nothing of the call was written.
    """

    item: int
    feedback_id: int | None
    recorded_at: datetime | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class GivenFeedback:
    """One answer of a customer, of the list `publication_id` or of none, as `actor_role` wrote it down."""

    product_id: str
    kind: Kind
    reason: Reason | None
    rating: int | None
    channel: Channel
    publication_id: int | None
    occurred_at: datetime
    actor_role: str


def give_feedback(
    connection: Connection,
    items: Sequence[Mapping[str, Any]],
    *,
    role: str,
    caller: str,
    idempotency_key: str,
    key: bytes,
) -> list[NotedFeedback]:
    """Write `items` down, which have the names of columns of `ops.feedback` and `customer_id`; what became of each.

    A call that is repeated, by the same caller with the same idempotency key, gets the answer of the first and writes
    nothing. It is known again by hashes under `key`, which must not rotate: the landing key.

    Raises `KeyTakenError` where the first said something else.
    """
    given = json.dumps(list(items), sort_keys=True, default=str)
    try:
        rows = connection.execute(
            "select item, feedback_id, recorded_at, trouble from ops.give_feedback(%s, %s, %s, %s)",
            [
                Jsonb(json.loads(given)),
                role,
                pseudonyms([f"{caller}\x00{idempotency_key}"], key, _CALLER_DOMAIN)[0].as_py(),
                pseudonyms([given], key, _BODY_DOMAIN)[0].as_py(),
            ],
        ).fetchall()
    except psycopg.errors.UniqueViolation:
        raise KeyTakenError from None
    return [NotedFeedback(*row) for row in rows]


def read_feedback(
    connection: Connection, customer_key: str, kinds: Sequence[Kind], asked_by: str
) -> list[GivenFeedback]:
    """What the customer answered of `kinds`, the latest first; the look is written down."""
    with connection.cursor(row_factory=class_row(GivenFeedback)) as cursor:
        return cursor.execute(
            "select * from ops.feedback_of(%s, %s::text[], %s)", [customer_key, list(kinds), asked_by]
        ).fetchall()
