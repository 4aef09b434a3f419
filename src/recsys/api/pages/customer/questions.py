"""Questions of the customer and their answers, beside what stored facts say at once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from recsys.api.access import asking
from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.customer.answer_words import said_after
from recsys.api.pages.customer.own import OwnId, OwnKey
from recsys.api.pages.customer.own_list import read_catalogued
from recsys.api.pages.customer.why import answers_told
from recsys.api.pages.forms import CheckedForm
from recsys.api.pages.languages import words_of
from recsys.api.pages.prose import LONGEST, is_prose
from recsys.api.pages.rendering import page, see_other
from recsys.api.pages.visiting import CustomerVisitor
from recsys.api.principal import Principal
from recsys.errors import NotFoundError
from recsys.io.postgres import Connection
from recsys.io.questions import ask_question, list_questions
from recsys.io.secrets import read_secrets
from recsys.settings import Settings

router = APIRouter(include_in_schema=False)


@router.get("/me/questions")
def show_questions(
    request: Request,
    visitor: CustomerVisitor,
    customer_id: OwnId,
    key: OwnKey,
    connection: Db,
    settings: SettingsOf,
    product: str = "",
    done: str = "",
) -> Response:
    """What was asked and answered, and a form for another question, about `product` or about anything."""
    said = said_after(words_of(request)).get(done, "")
    values = _values(request, connection, settings, visitor, customer_id, key)
    return page(request, "customer/questions.html.j2", about=product, text="", said=said, is_unusable=False, **values)


@router.post("/me/questions")
def ask(
    request: Request,
    form: CheckedForm,
    visitor: CustomerVisitor,
    customer_id: OwnId,
    key: OwnKey,
    connection: Db,
    settings: SettingsOf,
) -> Response:
    """Seal a question into the inbox; whatever is no question comes back in its form."""
    text, product = form.get("text", "").strip(), form.get("product", "")
    if not is_prose(text) or not _is_asked(connection, settings, key, text, product):
        values = _values(request, connection, settings, visitor, customer_id, key)
        return page(
            request,
            "customer/questions.html.j2",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            about=product,
            text=text[:LONGEST],
            said="",
            is_unusable=True,
            **values,
        )
    return see_other("/me/questions?done=asked")


def _is_asked(connection: Connection, settings: Settings, key: str, text: str, product: str) -> bool:
    """False where the form names a product that there is not."""
    landing_key = read_secrets(settings.home).key("landing_key")
    try:
        with connection.transaction():
            ask_question(connection, key, text, product or None, landing_key)
    except NotFoundError:
        return False
    return True


def _values(
    request: Request, connection: Connection, settings: Settings, visitor: Principal, customer_id: str, key: str
) -> dict[str, Any]:
    words, catalogue = words_of(request), read_catalogued(connection)
    questions = list_questions(connection, key, asking(visitor, customer_id))
    about = [one["product_id"] for one in questions if one["product_id"]]
    return {
        "questions": questions,
        "names": {product_id: catalogue.name(product_id) for product_id in about},
        "told": answers_told(words, connection, settings, visitor, customer_id, catalogue, about),
        "products": sorted(catalogue.products.values(), key=lambda one: one.product_name),
        "longest": LONGEST,
    }
