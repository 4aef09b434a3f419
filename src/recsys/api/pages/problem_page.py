"""What went wrong, as a page, for whoever looks with a browser."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request, Response

from recsys.api.pages.languages import words_of
from recsys.api.pages.rendering import page, see_other


def wants_page(request: Request) -> bool:
    """Whether a browser asks, or htmx in one, and not a program the API."""
    is_browser = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    return is_browser and not request.url.path.startswith("/v1/")


def problem_page(request: Request, status: HTTPStatus, kind: str, headers: Mapping[str, str]) -> Response:
    """A page that says so; to the sign-in where nobody has signed in."""
    if status is HTTPStatus.UNAUTHORIZED:
        leads_to = request.url.path if request.method == "GET" else "/"
        to_sign_in = see_other(f"/sign-in?{urlencode({'leads_to': leads_to})}")
        if "hx-request" in request.headers:
            # htmx would put the sign-in into a part of the page.
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": to_sign_in.headers["location"]})
        return to_sign_in
    title, text = _words(request, status)
    answer = page(request, "problem.html.j2", status=status, title=title, text=text, kind=kind)
    answer.headers.update(headers)
    return answer


def _words(request: Request, status: HTTPStatus) -> tuple[str, str]:
    _ = words_of(request).gettext
    match status:
        case HTTPStatus.FORBIDDEN:
            return _("Not for you"), _("You are signed in, but this page is for others, or its form was too old.")
        case HTTPStatus.NOT_FOUND:
            return _("Nothing here"), _("There is no such page, or nothing that you may see on it.")
        case HTTPStatus.TOO_MANY_REQUESTS:
            return _("Too fast"), _("You asked for many pages in a short time. Please wait a minute.")
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return _("Not now"), _("This does not answer at the moment. Please try again in a minute.")
        case _ if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _("That did not work"), _("What you sent could not be used. Please go back and try again.")
        case _:
            return _("Our fault"), _("This failed, and it is not your fault. It has been noted.")
