"""What somebody sent by a form of these pages, and not of another site."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from recsys.api.pages.visiting import session_of
from recsys.api.problems import Problem
from recsys.settings import Settings

FIELD, HEADER = "csrf", "X-CSRF-Token"


async def _checked_form(request: Request) -> dict[str, str]:
    """The fields, of each the last. Raises `Problem` 403 for what does not come from a page that was sent to him.

    A browser says where a form comes from; and it brings a word that stood in the page, where somebody has signed in.
    """
    settings: Settings = request.app.state.settings
    fields = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    origin = request.headers.get("origin")
    session = session_of(request)
    brought = fields.pop(FIELD, "") or request.headers.get(HEADER, "")
    is_foreign = origin is not None and origin != settings.api_address
    if is_foreign or (session and not hmac.compare_digest(brought.encode(), session.csrf.encode())):
        raise Problem(HTTPStatus.FORBIDDEN, "foreign-form", "This form is not from a page of yours: load it again.")
    return fields


CheckedForm = Annotated[dict[str, str], Depends(_checked_form)]
