"""Pages from templates, in the visitor's language."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from recsys.api.pages.assets import asset
from recsys.api.pages.formats import formats_in
from recsys.api.pages.languages import languages, own_name, words_in, words_of
from recsys.api.pages.session import Cookies
from recsys.api.pages.visiting import session_of

# Nothing but our own files: no script or style in a page, none from elsewhere.
_LOOKS = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
_POLICY = f"{_LOOKS}; script-src 'self'; connect-src 'self'; form-action 'self'"


def page(
    request: Request,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    policy: str = _POLICY,
    **values: Any,
) -> HTMLResponse:
    """`template` filled with `values`, and what every page has; the visitor is taken as seen now."""
    session = session_of(request)
    words = words_of(request)
    text = (
        environment(words.language)
        .get_template(template)
        .render(
            visitor=session.principal if session else None,
            csrf_token=session.csrf if session else "",
            language=words.language,
            languages=[(language, own_name(language)) for language in languages()],
            path=request.url.path,
            leads_to=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            **values,
        )
    )
    # With no-referrer, browsers would not say where a form comes from.
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin", "Vary": "Cookie, HX-Request"}
    answer = HTMLResponse(text, status, headers)
    if session:
        cookies: Cookies = request.app.state.cookies
        cookies.renew(answer, session)
    return answer


def policy_without_scripts(form_action: str) -> str:
    """For a page that asks for a password: nothing runs on it, and its form leads no further than said."""
    return f"{_LOOKS}; form-action {form_action}"


def is_partial(request: Request) -> bool:
    """Whether htmx asks for a part of a page, to put it into the one that is shown."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def see_other(path: str) -> RedirectResponse:
    """On to another page, which is fetched and not sent again."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


@cache
def environment(language: str) -> Environment:
    """The templates in one language. A name that nobody gave is an error, not an empty place."""
    words = words_in(language)
    pages = Environment(
        loader=PackageLoader("recsys.api.pages"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.install_gettext_callables(  # type: ignore[attr-defined]
        words.gettext, words.ngettext, newstyle=True, pgettext=words.pgettext
    )
    pages.filters.update(formats_in(words))
    pages.globals["asset"] = asset
    return pages
