"""An advisor's answer to a question of a customer."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response

from recsys.api.access import admitted_key
from recsys.api.dependencies import Db, SettingsOf
from recsys.api.identifiers import CustomerIdOfPath
from recsys.api.pages.advisor.back import back_to_customer
from recsys.api.pages.forms import CheckedForm
from recsys.api.pages.prose import is_prose
from recsys.api.pages.visiting import AdvisorVisitor
from recsys.api.principal import Scope
from recsys.api.problems import Problem
from recsys.api.routes.questions import QuestionId
from recsys.errors import NotFoundError
from recsys.io.questions import NotAnswerableError, answer_question
from recsys.io.secrets import read_secrets

router = APIRouter(include_in_schema=False)


@router.post("/advisor/customers/{customer_id}/questions/{question_id}/answer")
def answer(
    customer_id: CustomerIdOfPath,
    question_id: QuestionId,
    form: CheckedForm,
    visitor: AdvisorVisitor,
    connection: Db,
    settings: SettingsOf,
) -> Response:
    """Seal the answer; the customer reads it after the next run. The page says whether there was one already."""
    key = admitted_key(visitor, customer_id, connection, settings, reading="questions")
    text = form.get("text", "").strip()
    done = "not_written"
    if is_prose(text):
        try:
            with connection.transaction():
                answer_question(
                    connection,
                    key,
                    question_id,
                    text,
                    role=Scope.ADVISOR,
                    asked_by=visitor.subject,
                    key=read_secrets(settings.home).key("landing_key"),
                )
            done = "answered"
        except NotFoundError as error:
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-question", error.message) from None
        except NotAnswerableError:
            done = "not_answerable"
    return back_to_customer(customer_id, done)
