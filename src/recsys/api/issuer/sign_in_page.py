"""The one page of the embedded issuer."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from recsys.api.pages.rendering import page, policy_without_scripts


def sign_in_page(request: Request, redirect_uri: str, *, user: str = "", is_refused: bool = False) -> HTMLResponse:
    """Asks for user and password, which browsers send nowhere but here, and go on to `redirect_uri`."""
    place = urlsplit(redirect_uri)
    # Browsers hold the policy against where the answer to the form leads, too.
    policy = policy_without_scripts(f"'self' {place.scheme}://{place.netloc}")
    status = HTTPStatus.FORBIDDEN if is_refused else HTTPStatus.OK
    return page(request, "sign_in.html.j2", status=status, policy=policy, user=user, is_refused=is_refused)
