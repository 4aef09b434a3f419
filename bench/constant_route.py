"""The API's own process with a route that always answers the same, in two forms: `python -m bench.constant_route`.

Whoever asks it passes the same middleware, token, rate limit and admission as on the way to a list, and nothing is
looked up for him. One form is written as the other routes of the API are, which run in threads; the other stays on the
event loop, as lists do, and does the least that a route can.
"""

from __future__ import annotations

import json

from fastapi import APIRouter, FastAPI, Response

from recsys.api.customers import CustomerOf
from recsys.api.server import build_server
from recsys.settings import Settings

_ITEM = {
    "rank": 1,
    "product_id": "p00",
    "product_name": "Product 0",
    "category": "account",
    "score": 0.482,
    "reasons": ["You already have our Product 4", "You are saving for a home"],
    "why": "Because you already have our Product 4 and are saving for a home.",
    "personalised": True,
}
# As long as a list of five.
_BODY = json.dumps({"customer_id": "C00000042", "status": "served", "items": [_ITEM] * 5}).encode()

router = APIRouter()


@router.get("/bench/customers/{customer_id}/constant")
def constant(customer: CustomerOf) -> Response:
    """Always the same."""
    return Response(_BODY, media_type="application/json")


@router.get("/bench/customers/{customer_id}/constant-on-loop")
async def constant_on_loop(customer: CustomerOf) -> Response:
    """The same, without a thread."""
    return Response(_BODY, media_type="application/json")


if __name__ == "__main__":
    server = build_server(Settings())
    app = server.config.app
    assert isinstance(app, FastAPI)
    app.include_router(router)
    # Where the list is, too: routes are tried one after another.
    routes = app.router.routes
    routes[:] = [*routes[-2:], *routes[:-2]]
    server.run()
