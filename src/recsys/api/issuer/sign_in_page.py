"""The one page of the embedded issuer."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader

_PAGES = Environment(loader=PackageLoader("recsys.api.issuer"), autoescape=True)


def sign_in_page(redirect_uri: str, *, user: str = "", is_refused: bool = False) -> HTMLResponse:
    """Asks for user and password, which browsers send nowhere but here, and go on to `redirect_uri`."""
    nonce = secrets.token_urlsafe(16)
    text = _PAGES.get_template("sign_in.html.j2").render(nonce=nonce, user=user, is_refused=is_refused)
    place = urlsplit(redirect_uri)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'; base-uri 'none';"
        # Browsers hold the policy against where the answer to the form leads, too.
        f" form-action 'self' {place.scheme}://{place.netloc}"
    )
    # With no-referrer, browsers would not say where the form comes from.
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"}
    return HTMLResponse(text, 403 if is_refused else 200, headers)
