"""The API's own process with one more route, which always answers the same: `python -m bench.constant_route`.

Whoever asks it passes the same middleware, token, rate limit and admission as on the way to a list, and nothing is
looked up for him. It is written as the other routes of the API are.
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


if __name__ == "__main__":
    server = build_server(Settings())
    app = server.config.app
    assert isinstance(app, FastAPI)
    app.include_router(router)
    # Where the list is, too: routes are tried one after another.
    app.router.routes.insert(0, app.router.routes.pop())
    server.run()
