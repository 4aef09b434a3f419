"""All that is known of one product for the customer: what it is, and why it is on the list or is not."""

from __future__ import annotations

from secrets import token_urlsafe

from fastapi import APIRouter, Request, Response

from recsys.api.access import asking, nothing_known
from recsys.api.dependencies import Db, SettingsOf
from recsys.api.identifiers import ProductIdOfPath
from recsys.api.pages.customer.own import OwnId
from recsys.api.pages.customer.own_list import read_catalogued
from recsys.api.pages.customer.product_words import HIGHEST_RISK, Catalogued, asked_for, category_words, meant_for
from recsys.api.pages.customer.status_words import status_told
from recsys.api.pages.customer.why_words import Told, why_told
from recsys.api.pages.languages import Words, words_of
from recsys.api.pages.rendering import page
from recsys.api.pages.visiting import CustomerVisitor
from recsys.api.principal import Principal
from recsys.api.routes.recommendations import standing
from recsys.errors import NotFoundError
from recsys.io.advisor_decisions import taken_off
from recsys.io.postgres import Connection
from recsys.io.serving import read_answer, read_refusals
from recsys.settings import Settings

router = APIRouter(include_in_schema=False)


@router.get("/me/why/{product_id}")
def show_why(
    request: Request,
    product_id: ProductIdOfPath,
    visitor: CustomerVisitor,
    customer_id: OwnId,
    connection: Db,
    settings: SettingsOf,
    done: str = "",
) -> Response:
    """Any product of the bank, also one that is not recommended. That the customer looked is written down."""
    catalogue, words = read_catalogued(connection), words_of(request)
    product = catalogue.products.get(product_id)
    if product is None:
        raise nothing_known()
    told = answers_told(words, connection, settings, visitor, customer_id, catalogue, [product_id])
    return page(
        request,
        "customer/why.html.j2",
        product=product,
        category=category_words(words, product.category),
        meant_for=meant_for(words, product),
        asked_for=asked_for(words, product, catalogue),
        highest_risk=HIGHEST_RISK,
        currency=catalogue.currency,
        told=told[product_id],
        done=done,
        send_key=token_urlsafe(12),
        others=sorted(
            (one for one in catalogue.products.values() if one.product_id != product_id),
            key=lambda one: one.product_name,
        ),
    )


def answers_told(
    words: Words,
    connection: Connection,
    settings: Settings,
    visitor: Principal,
    customer_id: str,
    catalogue: Catalogued,
    product_ids: list[str],
) -> dict[str, Told]:
    """By product why it is on the list or is not, of those that the catalogue has; or why nothing is told."""
    known = [product_id for product_id in dict.fromkeys(product_ids) if product_id in catalogue.products]
    if not known:
        return {}
    refusals = read_refusals(connection, customer_id, asking(visitor, customer_id))
    decided = taken_off(connection, customer_id)
    try:
        return {
            product_id: why_told(words, read_answer(connection, customer_id, product_id, refusals, decided), catalogue)
            for product_id in known
        }
    except NotFoundError:
        nothing = status_told(words, standing(connection, visitor, customer_id), settings.on_objection)
        return dict.fromkeys(known, Told(f"{nothing.head}.", [nothing.text]))
