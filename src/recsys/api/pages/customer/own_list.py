"""What the customer is recommended, and what the customer said to it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from fastapi import APIRouter, Request, Response

from recsys.api.access import asking
from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.customer.answer_words import dismissal_reasons, said_after
from recsys.api.pages.customer.own import OwnId, OwnKey
from recsys.api.pages.customer.product_words import Catalogued, asked_for, category_words, meant_for
from recsys.api.pages.customer.status_words import status_told
from recsys.api.pages.languages import Words, words_of
from recsys.api.pages.rendering import page
from recsys.api.pages.visiting import CustomerVisitor, session_of
from recsys.api.principal import Principal, Scope
from recsys.api.routes.recommendations import Status, standing
from recsys.explanation.phrases import phrases_in
from recsys.explanation.sentences import sentence_of
from recsys.io.feedback import GivenFeedback, KeyTakenError, give_feedback, read_feedback
from recsys.io.postgres import Connection
from recsys.io.secrets import read_secrets
from recsys.io.serving import read_catalogue_served, read_currency, read_recommendations
from recsys.ranking.catalogue import Product
from recsys.settings import Settings

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A recommended product with what is told of it; `language` is that of `why` and `reasons`."""

    product_id: str
    name: str
    category: str
    why: str
    reasons: Sequence[str]
    language: str | None
    is_personal: bool
    product: Product | None
    meant_for: Sequence[str]
    asked_for: Sequence[str]
    rating: int | None


@dataclass(frozen=True, slots=True)
class PutAside:
    """A product that the customer said no to, and the day from which it may be recommended again."""

    product_id: str
    name: str
    until: date


@router.get("/me")
def show_list(
    request: Request,
    visitor: CustomerVisitor,
    customer_id: OwnId,
    key: OwnKey,
    connection: Db,
    settings: SettingsOf,
    done: str = "",
) -> Response:
    """The list, or why there is none. That it was shown is written down once in a visit and publication."""
    rows = read_recommendations(connection, customer_id)
    _note_shown(request, connection, visitor, settings, customer_id, rows)
    values = list_values(words_of(request), connection, settings, visitor, customer_id, key, rows)
    return page(request, "customer/list.html.j2", said=said_after(words_of(request)).get(done, ""), **values)


def list_values(
    words: Words,
    connection: Connection,
    settings: Settings,
    visitor: Principal,
    customer_id: str,
    key: str,
    rows: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """What the templates of the list are filled with; `rows` are the customer's recommendations."""
    catalogue = read_catalogued(connection)
    given = read_feedback(connection, key, ["rated", "dismissed", "rejected"], asking(visitor, customer_id))
    status = Status.SERVED if rows else standing(connection, visitor, customer_id)
    return {
        "items": [_listed(words, row, catalogue, given) for row in rows],
        "publication": rows[0] if rows else None,
        "nothing_shown": None if rows else status_told(words, status, settings.on_objection),
        "put_aside": _put_aside(given, catalogue, datetime.now(UTC).date()),
        "dismissal_reasons": dismissal_reasons(words),
        "currency": catalogue.currency,
        "send_key": token_urlsafe(12),
    }


def read_catalogued(connection: Connection) -> Catalogued:
    """The catalogue of the publication that is read, for whoever puts it into words."""
    return Catalogued(read_catalogue_served(connection), read_currency(connection))


def _listed(words: Words, row: dict[str, Any], catalogue: Catalogued, given: Sequence[GivenFeedback]) -> Listed:
    product = catalogue.products.get(row["product_id"])
    ratings = [one.rating for one in given if one.kind == "rated" and one.product_id == row["product_id"]]
    return Listed(
        product_id=row["product_id"],
        name=row["product_name"],
        category=category_words(words, row["category"]),
        why=sentence_of(row["reasons"], phrases_in(row["language"])) if row["language"] else "",
        reasons=row["reasons"],
        language=row["language"],
        is_personal=row["is_personalised"],
        product=product,
        meant_for=meant_for(words, product) if product else [],
        asked_for=asked_for(words, product, catalogue) if product else [],
        rating=ratings[0] if ratings else None,
    )


def _put_aside(given: Sequence[GivenFeedback], catalogue: Catalogued, today: date) -> list[PutAside]:
    """Of each product the latest refusal, as `serving.refused_products` counts its days."""
    latest: dict[str, PutAside] = {}
    for one in given:
        product = catalogue.products.get(one.product_id)
        if one.kind == "rated" or product is None or not product.cooling_off_days:
            continue
        until = one.occurred_at.date() + timedelta(days=product.cooling_off_days)
        if until > today:
            latest.setdefault(one.product_id, PutAside(one.product_id, product.product_name, until))
    return list(latest.values())


def answered_place(row: dict[str, Any] | None) -> dict[str, int]:
    """The place in the list that an answer is about; none where it comes of no profile, or is on no list."""
    if row is None or not row["is_personalised"]:
        return {}
    return {"publication_id": row["publication_id"], "position": row["rank"]}


def _note_shown(
    request: Request,
    connection: Connection,
    visitor: Principal,
    settings: Settings,
    customer_id: str,
    rows: Sequence[dict[str, Any]],
) -> None:
    session = session_of(request)
    if not rows or session is None:
        return
    shown = [
        {
            "customer_id": customer_id,
            "product_id": row["product_id"],
            "kind": "shown",
            "channel": "web",
            "occurred_at": datetime.now(UTC).isoformat(),
            **answered_place(row),
        }
        for row in rows
    ]
    # In this visit it was noted already.
    with suppress(KeyTakenError), connection.transaction():
        give_feedback(
            connection,
            shown,
            role=Scope.CUSTOMER,
            caller=visitor.subject,
            idempotency_key=f"shown {rows[0]['publication_id']} {session.csrf}",
            key=read_secrets(settings.home).key("landing_key"),
        )
