"""Every page and every form, asked by everybody."""

from __future__ import annotations

import httpx
import pytest
from fastapi.routing import APIRoute
from tests.pages.authorisation_table import CALLERS, TABLE
from tests.pages.running_pages import RunningPages, SignedIn

from recsys.api.pages.routers import ROUTERS


def signed_in(pages: RunningPages, caller: str) -> SignedIn:
    people = pages.people
    accounts = {
        "own customer": people.customer,
        "other customer": people.other_customer,
        "own advisor": people.advisor,
        "other advisor": people.other_advisor,
        "admin": people.admin,
    }
    if caller == "nobody":
        headers = {"Accept": "text/html", "Origin": pages.url}
        return SignedIn(httpx.Client(base_url=pages.url, timeout=20, headers=headers), "")
    return pages.signed_in_as(accounts[caller])


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", TABLE)
def test_everybody_is_answered_what_is_his(pages: RunningPages, operation: str, caller: str) -> None:
    row = TABLE[operation]
    method, _, template = operation.partition(" ")
    path = template.format(**{"customer_id": pages.people.customer.name, **row.path})
    somebody = signed_in(pages, caller)
    data = {"csrf": somebody.csrf, **row.fields} if method == "POST" else None
    answer = somebody.client.request(method, path, params=dict(row.query), data=data)
    assert answer.status_code == row.statuses[caller], answer.text
    if row.statuses[caller] in (403, 404):
        # What was asked for stands in the form that chooses a language.
        told = answer.text.replace(path, "").replace(f"Signed in as {pages.people.customer.name}", "")
        assert pages.people.customer.name not in told


def test_every_page_and_form_is_in_the_table() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    assert {f"{method} {route.path}" for route in routes for method in route.methods} == set(TABLE)
