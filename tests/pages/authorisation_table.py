"""Who is answered what on every page, asked for the customer of the demo bank's advisor. A page that is not here fails.

`operation` is method and path as the routers have them; `fields` are what a form sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CALLERS = ("nobody", "own customer", "other customer", "own advisor", "other advisor", "admin")


@dataclass(frozen=True)
class Row:
    """What each caller is answered, what stands in the path and what is sent."""

    statuses: Mapping[str, int]
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


def everybody(status: int, *, nobody: int | None = None, **ask: Mapping[str, str]) -> Row:
    """Whoever signed in, and whoever did not."""
    return Row({**dict.fromkeys(CALLERS, status), "nobody": status if nobody is None else nobody}, **ask)


def for_scope(scope: str, status: int = 200, **ask: Mapping[str, str]) -> Row:
    """A page of one's own: whoever has the scope sees his, others hear that it is for others."""
    statuses = {caller: status if caller.rpartition(" ")[2] == scope else 403 for caller in CALLERS}
    return Row({**statuses, "nobody": 303}, **ask)


def of_the_customer(status: int = 200, **ask: Mapping[str, str]) -> Row:
    """A page about the customer: his advisor sees it, another one hears what he would hear of nobody."""
    statuses = dict.fromkeys(CALLERS, 403) | {"nobody": 303, "own advisor": status, "other advisor": 404}
    return Row(statuses, **ask)


_PRODUCT = {"product_id": "bond_fund"}

TABLE: Mapping[str, Row] = {
    "GET /": everybody(303, nobody=200),
    "GET /sign-in": everybody(303),
    "GET /signed-in": everybody(400),
    "POST /sign-out": everybody(303),
    "POST /language": everybody(303, fields={"language": "de"}),
    "GET /operations": for_scope("admin"),
    "GET /operations/answers": for_scope("admin"),
    "POST /operations/answers": for_scope("admin", status=303),
    "GET /operations/models": for_scope("admin"),
    "GET /operations/runs": for_scope("admin"),
    "GET /operations/quality": for_scope("admin"),
    "GET /operations/figures/{name}.svg": for_scope("admin", path={"name": "product-mix"}),
    "GET /me": for_scope("customer"),
    "GET /me/why/{product_id}": for_scope("customer", path=_PRODUCT),
    "POST /me/products/{product_id}/rating": for_scope(
        "customer", 303, path=_PRODUCT, fields={"rating": "4", "key": "authorisation"}
    ),
    "POST /me/products/{product_id}/interest": for_scope(
        "customer", 303, path=_PRODUCT, fields={"key": "authorisation"}
    ),
    "POST /me/products/{product_id}/dismissal": for_scope(
        "customer", 303, path=_PRODUCT, fields={"reason": "not_now", "key": "authorisation"}
    ),
    "GET /me/questions": for_scope("customer"),
    "POST /me/questions": for_scope("customer", 303, fields={"text": "Why is this for me?", "product": ""}),
    "GET /me/privacy": for_scope("customer"),
    "GET /me/privacy/my-data.json": for_scope("customer"),
    "POST /me/privacy/consents/{purpose}": for_scope(
        "customer", 303, path={"purpose": "marketing_sms"}, fields={"turn_to": "true"}
    ),
    "POST /me/privacy/objection": for_scope("customer", 303, fields={"turn_to": "false"}),
    "POST /me/privacy/requests": for_scope("customer", 303, fields={"kind": "access"}),
    "GET /advisor": for_scope("advisor"),
    "GET /advisor/customers": for_scope("advisor"),
    "GET /advisor/customers/{customer_id}": of_the_customer(),
    # Sent by the advisor it leads back to the page, which says what was missing.
    "POST /advisor/customers/{customer_id}/outcome": of_the_customer(303),
    "POST /advisor/customers/{customer_id}/decisions": of_the_customer(303),
    "POST /advisor/customers/{customer_id}/decisions/{decision_id}/revoke": of_the_customer(
        303, path={"decision_id": "1"}
    ),
    # Nobody asked it: the customer's advisor hears that, and others what they hear of nobody.
    "POST /advisor/customers/{customer_id}/questions/{question_id}/answer": of_the_customer(
        404, path={"question_id": "999"}, fields={"text": "So."}
    ),
}
