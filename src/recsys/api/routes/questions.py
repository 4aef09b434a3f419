"""Questions of customers, in their own words."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from recsys.api.access import admitted_key, asking
from recsys.api.dependencies import Caller, Db, SettingsOf
from recsys.api.identifiers import BankId, CustomerIdOfPath
from recsys.api.problems import Problem
from recsys.errors import NotFoundError
from recsys.io.questions import ask_question, list_questions
from recsys.io.secrets import read_secrets

router = APIRouter(tags=["questions"])

_PATH = "/v1/customers/{customer_id}/questions"


# PostgreSQL has no text with a NUL in it, and this one will be in it, redacted.
Prose = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]


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
    state: Literal["waiting", "passed_on"] = Field(
        description="waiting: sealed, until the next run takes out who is named in it. passed_on: to be answered.",
        examples=["passed_on"],
    )
    text: str | None = Field(
        description="What was asked, with tags in the place of personal data; null while it waits.",
        examples=["What does the account cost if I am abroad for half a year?"],
    )


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
                state="waiting" if row["passed_on_at"] is None else "passed_on",
                text=row["question"],
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
    return Question(question_id=number, product_id=question.product_id, asked_at=asked_at, state="waiting", text=None)
