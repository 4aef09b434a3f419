"""What customers ask in their own words: sealed on the way in, without persons on the way out.

The words are sealed with the landing key, as everything is that waits for `anonymise_feed`: they live until the next
run, so the key needs no rotation, and whoever runs the API holds no key that opens what the bank has stored for good.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from recsys.errors import NotFoundError
from recsys.io.postgres import Connection
from recsys.io.sealing import seal, unseal

PURPOSE = "question"


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """A question in the customer's own words. `customer_id` is None of a customer whom no feed has any more."""

    question_id: int
    customer_id: str | None
    text: str


def ask_question(
    connection: Connection, customer_key: str, text: str, product_id: str | None, key: bytes
) -> tuple[int, datetime]:
    """Seal a question of the customer whose key is `customer_key` into the inbox; its number, and when.

    Raises `NotFoundError` for an unknown product.
    """
    sealed = seal(json.dumps({"text": text}).encode(), key, PURPOSE)
    try:
        row = connection.execute(
            "select * from ops.ask_question(%s, %s, %s)", [customer_key, product_id, sealed]
        ).fetchone()
    except psycopg.errors.ForeignKeyViolation:
        raise NotFoundError("The bank sells no product with this id.", remedy="Leave the product out.") from None
    assert row is not None
    return int(row[0]), row[1]


def list_questions(connection: Connection, customer_key: str, asked_by: str) -> list[dict[str, Any]]:
    """What a customer asked, the latest first; the words, redacted, once they were passed on."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from ops.questions_of(%s, %s)", [customer_key, asked_by]).fetchall()


def read_waiting_questions(connection: Connection, key: bytes, run_id: str) -> list[WaitingQuestion]:
    """What waits in the inbox, opened, the oldest first."""
    rows = connection.execute("select * from identity.questions_for_redaction(%s)", [run_id]).fetchall()
    return [
        WaitingQuestion(number, customer_id, json.loads(unseal(payload, key, PURPOSE))["text"])
        for number, customer_id, payload in rows
    ]


def pass_on_questions(
    connection: Connection, run_id: str, questions: Sequence[WaitingQuestion], redacted: Sequence[str]
) -> int:
    """Write the `redacted` words (n,) of `questions` (n,), and forget what they were; how many were still there."""
    numbers = [question.question_id for question in questions]
    row = connection.execute(
        "select identity.pass_on_questions(%s, %s::bigint[], %s::text[])", [run_id, numbers, list(redacted)]
    ).fetchone()
    assert row is not None
    return int(row[0])
