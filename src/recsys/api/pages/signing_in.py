"""Signing in and out, and where everybody begins."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from recsys.api.dependencies import count_address
from recsys.api.pages.forms import CheckedForm
from recsys.api.pages.languages import COOKIE, languages
from recsys.api.pages.providers import Provider
from recsys.api.pages.rendering import page, see_other
from recsys.api.pages.session import Cookies, new_session, new_signing_in, own_path
from recsys.api.pages.visiting import MaybeVisitor
from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem
from recsys.api.tokens import TokenVerifier
from recsys.errors import StackError

router = APIRouter(include_in_schema=False, dependencies=[Depends(count_address)])

_HOMES = {Scope.CUSTOMER: "/me", Scope.ADVISOR: "/advisor", Scope.ADMIN: "/operations"}
_LANGUAGE_SECONDS = 365 * 86_400


@router.get("/")
def start(request: Request, visitor: MaybeVisitor) -> Response:
    """To the visitor's own pages, or the way in."""
    if visitor is None:
        return page(request, "welcome.html.j2")
    return see_other(home_of(visitor))


@router.get("/sign-in")
def sign_in(request: Request, leads_to: str = "/") -> Response:
    """Off to the provider, which asks who it is."""
    provider: Provider = request.app.state.provider
    signing_in = new_signing_in(own_path([leads_to]))
    try:
        answer = RedirectResponse(provider.address(signing_in), HTTPStatus.SEE_OTHER)
    except StackError as error:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "issuer-away", _AWAY) from error
    _cookies(request).begin(answer, signing_in)
    return answer


@router.get("/signed-in")
def signed_in(request: Request, state: str = "", code: str = "") -> Response:
    """Back from the provider with a code. Its token is verified as the API's tokens are."""
    cookies = _cookies(request)
    begun = cookies.signing_in(request)
    if begun is None or not hmac.compare_digest(begun.state.encode(), state.encode()) or not code:
        raise Problem(HTTPStatus.BAD_REQUEST, "not-signed-in", _NOT_BEGUN)
    provider: Provider = request.app.state.provider
    verifier: TokenVerifier = request.app.state.verifier
    try:
        principal = verifier.verify(provider.access_token(code, begun))
    except StackError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "not-signed-in", _NOT_BEGUN) from error
    answer = see_other(begun.leads_to)
    cookies.forget(answer)
    cookies.keep(answer, new_session(principal))
    return answer


@router.post("/sign-out")
def sign_out(request: Request, form: CheckedForm) -> Response:
    """Nobody is signed in in this browser any more."""
    answer = see_other("/")
    _cookies(request).forget(answer)
    return answer


@router.post("/language")
def choose_language(request: Request, form: CheckedForm) -> Response:
    """Read on in another language."""
    answer = see_other(own_path([form.get("leads_to", "/")]))
    if (language := form.get("language")) in languages():
        answer.set_cookie(COOKIE, str(language), max_age=_LANGUAGE_SECONDS, httponly=True, samesite="lax")
    return answer


def home_of(visitor: Principal) -> str:
    """The first of the pages that are the visitor's."""
    for scope, path in _HOMES.items():
        if scope in visitor.scopes:
            return path
    raise Problem(HTTPStatus.FORBIDDEN, "insufficient-scope", "These pages are for customers, advisors and operations.")


def _cookies(request: Request) -> Cookies:
    cookies: Cookies = request.app.state.cookies
    return cookies


_AWAY = "Nobody can sign in now: the provider that knows everybody does not answer."
_NOT_BEGUN = "This sign-in was not begun here, or too long ago. Please sign in once more."
