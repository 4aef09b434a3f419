"""Who is answered what on every route, asked for the customer c2. A route that is not here fails its test.

`operation` is method and path as the OpenAPI document has them; `ask` is what has to be filled in: a path's other
parameters, a query, a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.callers import CALLERS, CUSTOMER_ID


@dataclass(frozen=True)
class Row:
    """What each caller is answered, by name of the caller, and what is asked for."""

    statuses: Mapping[str, int]
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def everybody(status: int, **ask: Any) -> Row:
    """Also whoever has no token."""
    return Row(dict.fromkeys(CALLERS, status), **ask)


def scopes(*allowed: str, status: int = 200, **ask: Any) -> Row:
    """Whoever has one of these scopes, whoever he is; nothing of a customer is in the answer."""
    of_caller = {name: name.rpartition(" ")[2] for name in CALLERS}
    statuses = {name: status if scope in allowed else 403 for name, scope in of_caller.items()}
    return Row({**statuses, "nobody": 401}, **ask)


def of_the_customer(*allowed: str, status: int = 200, **ask: Any) -> Row:
    """The customer himself, his advisor or a system, as far as `allowed` names them.

    Others with one of their scopes hear what they would hear of nobody, and the rest that their scope is missing.
    """
    own = {"customer": "own customer", "advisor": "own advisor", "system": "system"}
    other = {"customer": "other customer", "advisor": "other advisor"}
    statuses = dict.fromkeys(CALLERS, 403) | {other[name]: 404 for name in allowed if name in other}
    return Row({**statuses, **{own[name]: status for name in allowed}, "nobody": 401}, **ask)


_EACH = ("customer", "advisor", "system")
_FEEDBACK = {
    "customer_id": CUSTOMER_ID,
    "product_id": "p1",
    "kind": "accepted",
    "channel": "branch",
    "occurred_at": "2026-01-31T09:30:00Z",
}
_CONSENT = {"purpose": "third_party", "is_granted": True}

TABLE: Mapping[str, Row] = {
    "GET /healthz": everybody(200),
    "GET /readyz": everybody(200),
    "GET /metrics": scopes("system", "admin"),
    "GET /v1/customers/{customer_id}/recommendations": of_the_customer(*_EACH),
    "GET /v1/customers/{customer_id}/why/{product_id}": of_the_customer(*_EACH, path={"product_id": "p1"}),
    "GET /v1/products": scopes("customer", "advisor", "system", "admin"),
    "GET /v1/publications/current": scopes("advisor", "system", "admin"),
    "GET /v1/changes": scopes("system", query={"since": "0"}),
    "POST /v1/feedback": of_the_customer(
        *_EACH, status=201, body={"items": [_FEEDBACK]}, headers={"Idempotency-Key": "authorisation"}
    ),
    "GET /v1/customers/{customer_id}/consents": of_the_customer(*_EACH),
    "PUT /v1/customers/{customer_id}/consents": of_the_customer(*_EACH, body={"consents": [_CONSENT]}),
    "GET /v1/customers/{customer_id}/objection": of_the_customer(*_EACH),
    "POST /v1/customers/{customer_id}/objection": of_the_customer(*_EACH),
    "DELETE /v1/customers/{customer_id}/objection": of_the_customer(*_EACH),
    "GET /v1/customers/{customer_id}/questions": of_the_customer(*_EACH),
    "POST /v1/customers/{customer_id}/questions": of_the_customer(*_EACH, status=201, body={"text": "Why this?"}),
    # Nobody asked it: whoever may answer at all hears so.
    "POST /v1/customers/{customer_id}/questions/{question_id}/answer": of_the_customer(
        "advisor", status=404, path={"question_id": "999"}, body={"text": "So."}
    ),
}
