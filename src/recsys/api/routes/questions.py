"""Questions of customers in their own words, and what advisors answer."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from recsys.api.access import admitted_key, asking, require
from recsys.api.dependencies import Caller, Db, SettingsOf
from recsys.api.identifiers import BankId, CustomerIdOfPath
from recsys.api.principal import Scope
from recsys.api.problems import Problem
from recsys.errors import NotFoundError
from recsys.io.questions import NotAnswerableError, answer_question, ask_question, list_questions
from recsys.io.secrets import read_secrets

router = APIRouter(tags=["questions"])

_PATH = "/v1/customers/{customer_id}/questions"


LONGEST = 2000
# PostgreSQL has no text with a NUL in it, and this one will be in it, redacted.
Prose = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]+$")]


QuestionId = Annotated[int, Path(ge=1, le=2**63 - 1, description="The number of the question.", examples=[3])]


class NewQuestion(BaseModel):
    """A question, as the customer asks it."""

    model_config = ConfigDict(extra="forbid")
    text: Prose = Field(examples=["What does the account cost if I am abroad for half a year?"])
    product_id: BankId | None = Field(default=None, description="What it is about.", examples=["p1"])


class Question(BaseModel):
    """A question that was asked."""

    question_id: int = Field(examples=[3])
    product_id: str | None = Field(examples=["p1"])
    asked_at: datetime = Field(examples=["2026-01-31T09:30:00Z"])
    state: Literal["waiting", "expired", "passed_on", "answer_waiting", "answered"] = Field(
        description="waiting: sealed, until the next run takes out who is named in it. expired: no run came in time; "
        "the words are gone. passed_on: to be answered. answer_waiting: the answer waits as the question did.",
        examples=["answered"],
    )
    text: str | None = Field(
        description="What was asked, with tags in the place of personal data; null while it waits, or when it is gone.",
        examples=["What does the account cost if I am abroad for half a year?"],
    )
    answered_at: datetime | None = Field(
        description="When an advisor wrote the answer.", examples=["2026-02-01T10:00:00Z"]
    )
    answer: str | None = Field(
        description="What was answered, with tags in the place of personal data; null while it waits.",
        examples=["It costs the same, wherever you are."],
    )


class NewAnswer(BaseModel):
    """An answer, as the advisor gives it."""

    model_config = ConfigDict(extra="forbid")
    text: Prose = Field(examples=["It costs the same, wherever you are."])


class Answered(BaseModel):
    """That an answer was taken in."""

    question_id: int = Field(examples=[3])
    answered_at: datetime = Field(examples=["2026-02-01T10:00:00Z"])
    state: Literal["answer_waiting"] = "answer_waiting"


class Questions(BaseModel):
    """What a customer asked, the latest first."""

    questions: list[Question]


@router.get(_PATH)
def get_questions(caller: Caller, connection: Db, settings: SettingsOf, customer_id: CustomerIdOfPath) -> Questions:
    """What the customer asked, the latest first, and what became of it."""
    key = admitted_key(caller, customer_id, connection, settings, reading="questions")
    return Questions(
        questions=[
            Question(
                question_id=row["question_id"],
                product_id=row["product_id"],
                asked_at=row["asked_at"],
                state=row["state"],
                text=row["question"],
                answered_at=row["answered_at"],
                answer=row["answer"],
            )
            for row in list_questions(connection, key, asking(caller, customer_id))
        ]
    )


@router.post(_PATH, status_code=HTTPStatus.CREATED)
def post_question(
    caller: Caller, connection: Db, settings: SettingsOf, customer_id: CustomerIdOfPath, question: NewQuestion
) -> Question:
    """Ask a question. Its words are sealed at once and opened by the next run alone, which takes out who is named in
    them before anybody reads them.
    """
    key = admitted_key(caller, customer_id, connection, settings, reading="questions")
    landing_key = read_secrets(settings.home).key("landing_key")
    try:
        number, asked_at = ask_question(connection, key, question.text, question.product_id, landing_key)
    except NotFoundError as error:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-product", error.message) from None
    return Question(
        question_id=number,
        product_id=question.product_id,
        asked_at=asked_at,
        state="waiting",
        text=None,
        answered_at=None,
        answer=None,
    )


@router.post(_PATH + "/{question_id}/answer", status_code=HTTPStatus.CREATED)
def post_answer(
    caller: Caller,
    connection: Db,
    settings: SettingsOf,
    customer_id: CustomerIdOfPath,
    question_id: QuestionId,
    answer: NewAnswer,
) -> Answered:
    """Answer a question that was passed on, once, as the advisor of the customer. The answer's words go the way of the
    question: sealed at once, and read by the customer after the next run, which takes out who is named in them.
    """
    require(caller, Scope.ADVISOR)
    key = admitted_key(caller, customer_id, connection, settings, reading="questions")
    try:
        answered_at = answer_question(
            connection,
            key,
            question_id,
            answer.text,
            role=Scope.ADVISOR,
            asked_by=caller.subject,
            key=read_secrets(settings.home).key("landing_key"),
        )
    except NotFoundError as error:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-question", error.message) from None
    except NotAnswerableError as error:
        raise Problem(HTTPStatus.CONFLICT, "not-answerable", str(error)) from None
    return Answered(question_id=question_id, answered_at=answered_at)
