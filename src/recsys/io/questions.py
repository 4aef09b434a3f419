"""What customers ask and advisors answer in their own words: sealed on the way in, without persons on the way out.

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
from psycopg import sql
from psycopg.rows import dict_row

from recsys.errors import NotFoundError
from recsys.io.postgres import Connection
from recsys.io.sealing import seal, unseal

PURPOSE = "question"
ANSWER_PURPOSE = "answer"


@dataclass(frozen=True, slots=True)
class WaitingWords:
    """A question, or the answer to it, in somebody's own words. `customer_id` is whose question it is; None of a
    customer whom no feed has any more.
    """

    question_id: int
    customer_id: str | None
    text: str


class NotAnswerableError(Exception):
    """Nobody has read the question yet, or it was answered."""


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
    """What a customer asked and was answered, the latest first; words, redacted, once they were passed on."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from ops.questions_of(%s, %s)", [customer_key, asked_by]).fetchall()


def answer_question(
    connection: Connection, customer_key: str, question_id: int, text: str, *, role: str, asked_by: str, key: bytes
) -> datetime:
    """Seal the answer to a question of the customer into the inbox, and return when.

    Raises `NotFoundError` where the customer asked no such question, and `NotAnswerableError` where its words wait
    themselves, or it has an answer.
    """
    sealed = seal(json.dumps({"text": text}).encode(), key, ANSWER_PURPOSE)
    try:
        row = connection.execute(
            "select ops.answer_question(%s, %s, %s, %s, %s)", [customer_key, question_id, sealed, role, asked_by]
        ).fetchone()
    except psycopg.errors.NoDataFound:
        raise NotFoundError(
            "The customer asked no question with this number.", remedy="The customer's questions are listed."
        ) from None
    except psycopg.errors.ObjectNotInPrerequisiteState:
        raise NotAnswerableError("The question waits for the next run: nobody has read it yet.") from None
    except psycopg.errors.UniqueViolation:
        raise NotAnswerableError("The question has an answer, and each has one.") from None
    assert row is not None
    answered_at: datetime = row[0]
    return answered_at


def read_waiting_questions(connection: Connection, key: bytes, run_id: str) -> list[WaitingWords]:
    """Questions that wait in the inbox, opened, the oldest first."""
    rows = connection.execute("select * from identity.questions_for_redaction(%s)", [run_id]).fetchall()
    return _opened(rows, key, PURPOSE)


def read_waiting_answers(connection: Connection, key: bytes, run_id: str) -> list[WaitingWords]:
    """Answers that wait in theirs, in the order of their questions."""
    rows = connection.execute("select * from identity.answers_for_redaction(%s)", [run_id]).fetchall()
    return _opened(rows, key, ANSWER_PURPOSE)


def pass_on_questions(
    connection: Connection, run_id: str, questions: Sequence[WaitingWords], redacted: Sequence[str]
) -> int:
    """Write the `redacted` words (n,) of `questions` (n,), and forget what they were; how many were still there."""
    return _pass_on(connection, "pass_on_questions", run_id, questions, redacted)


def pass_on_answers(
    connection: Connection, run_id: str, answers: Sequence[WaitingWords], redacted: Sequence[str]
) -> int:
    """The same of `answers`: from now on customer and advisor read them."""
    return _pass_on(connection, "pass_on_answers", run_id, answers, redacted)


def _opened(rows: Sequence[tuple[Any, ...]], key: bytes, purpose: str) -> list[WaitingWords]:
    return [
        WaitingWords(number, customer_id, json.loads(unseal(payload, key, purpose))["text"])
        for number, customer_id, payload in rows
    ]


def _pass_on(
    connection: Connection, function: str, run_id: str, words: Sequence[WaitingWords], redacted: Sequence[str]
) -> int:
    call = sql.SQL("select {}(%s, %s::bigint[], %s::text[])").format(sql.Identifier("identity", function))
    row = connection.execute(call, [run_id, [one.question_id for one in words], list(redacted)]).fetchone()
    assert row is not None
    return int(row[0])
