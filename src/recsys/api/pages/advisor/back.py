"""From a form back to the page of the customer."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from fastapi.responses import RedirectResponse

from recsys.api.pages.rendering import see_other


def back_to_customer(customer_id: str, done: str) -> RedirectResponse:
    """`done` is a code of `told_after`: the page says what the form came to."""
    return see_other(f"/advisor/customers/{quote(customer_id, safe='')}?{urlencode({'done': done})}")
