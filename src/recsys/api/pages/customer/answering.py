"""What a customer answers to a recommendation: how well it fits, that it does not interest, that more is wanted."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, get_args
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from recsys.api.dependencies import Db, SettingsOf
from recsys.api.identifiers import ProductIdOfPath
from recsys.api.pages.customer.answer_words import said_after
from recsys.api.pages.customer.own import OwnId, OwnKey
from recsys.api.pages.customer.own_list import answered_place, list_values
from recsys.api.pages.forms import CheckedForm
from recsys.api.pages.languages import words_of
from recsys.api.pages.rendering import is_partial, page, see_other
from recsys.api.pages.visiting import CustomerVisitor
from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem
from recsys.io.feedback import KeyTakenError, Kind, Reason, give_feedback
from recsys.io.postgres import Connection
from recsys.io.secrets import read_secrets
from recsys.io.serving import read_recommendations
from recsys.settings import Settings

router = APIRouter(include_in_schema=False, prefix="/me/products/{product_id}")

_RATINGS = ("1", "2", "3", "4", "5")
_LONGEST_KEY = 40


@router.post("/rating")
def rate(
    request: Request,
    product_id: ProductIdOfPath,
    form: CheckedForm,
    visitor: CustomerVisitor,
    customer_id: OwnId,
    key: OwnKey,
    connection: Db,
    settings: SettingsOf,
) -> Response:
    """How well the recommendation fits, from 1 to 5; the latest rating counts."""
    rating = form.get("rating", "")
    if rating not in _RATINGS:
        raise _unusable()
    _note(connection, settings, visitor, customer_id, product_id, form, "rated", rating=int(rating))
    return _list_again(request, connection, settings, visitor, customer_id, key, "rated")


@router.post("/dismissal")
def dismiss(
    request: Request,
    product_id: ProductIdOfPath,
    form: CheckedForm,
    visitor: CustomerVisitor,
    customer_id: OwnId,
    key: OwnKey,
    connection: Db,
    settings: SettingsOf,
) -> Response:
    """Not interested, and why: the product is gone from the list with the answer, for its cooling-off time."""
    reason = form.get("reason", "")
    if reason not in get_args(Reason):
        raise _unusable()
    _note(connection, settings, visitor, customer_id, product_id, form, "dismissed", reason=reason)
    is_gone = all(row["product_id"] != product_id for row in read_recommendations(connection, customer_id))
    return _list_again(request, connection, settings, visitor, customer_id, key, "dismissed" if is_gone else "noted")


@router.post("/interest")
def tell_more(
    product_id: ProductIdOfPath,
    form: CheckedForm,
    visitor: CustomerVisitor,
    customer_id: OwnId,
    connection: Db,
    settings: SettingsOf,
) -> Response:
    """Tell me more: on to all that is known of the product."""
    _note(connection, settings, visitor, customer_id, product_id, form, "clicked")
    return see_other(f"/me/why/{quote(product_id, safe='')}?done=interest")


def _note(
    connection: Connection,
    settings: Settings,
    visitor: Principal,
    customer_id: str,
    product_id: str,
    form: dict[str, str],
    kind: Kind,
    **said: Any,
) -> None:
    listed = {row["product_id"]: row for row in read_recommendations(connection, customer_id)}
    item = {
        "customer_id": customer_id,
        "product_id": product_id,
        "kind": kind,
        "channel": "web",
        "occurred_at": datetime.now(UTC).isoformat(),
        **answered_place(listed.get(product_id)),
        **said,
    }
    sent = form.get("key", "")
    if not sent or len(sent) > _LONGEST_KEY:
        raise _unusable()
    answer = " ".join([sent, kind, product_id, *map(str, said.values())])
    # Whoever sends the same form twice, as by two clicks, has said it once.
    with suppress(KeyTakenError), connection.transaction():
        noted = give_feedback(
            connection,
            [item],
            role=Scope.CUSTOMER,
            caller=visitor.subject,
            idempotency_key=answer,
            key=read_secrets(settings.home).key("landing_key"),
        )
        if noted[0].trouble:
            raise _unusable()


def _list_again(
    request: Request,
    connection: Connection,
    settings: Settings,
    visitor: Principal,
    customer_id: str,
    key: str,
    done: str,
) -> Response:
    if not is_partial(request):
        return see_other(f"/me?done={done}")
    words, rows = words_of(request), read_recommendations(connection, customer_id)
    values = list_values(words, connection, settings, visitor, customer_id, key, rows)
    return page(request, "customer/_list.html.j2", said=said_after(words)[done], **values)


def _unusable() -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "unusable-form", "The form lacks something: load the page again.")
