"""Where the embedded issuer answers; as of every issuer, it is its discovery document that describes it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from authlib.oauth2 import OAuth2Error
from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import ImmutableMultiDict

from recsys.api.dependencies import count_address
from recsys.api.issuer.server import AskedOfIssuer, Issuer
from recsys.api.issuer.sign_in_page import sign_in_page
from recsys.api.limits import RateLimits
from recsys.api.principal import Scope
from recsys.api.problems import Problem
from recsys.io.accounts import sign_in

_open = APIRouter(include_in_schema=False)
_counted = APIRouter(include_in_schema=False, dependencies=[Depends(count_address)])
ROUTERS = (_open, _counted)
# Authlib repeats these in its errors, which may hold no other characters (RFC 6749, 5.2).
_REPEATED = ("response_type", "redirect_uri", "grant_type")
_FOREIGN = "The sign-in does not come from this issuer's own page."


async def _form(request: Request) -> list[tuple[str, str]]:
    return _texts(await request.form())


def _issuer(request: Request) -> Issuer:
    issuer: Issuer = request.app.state.issuer
    return issuer


Form = Annotated[list[tuple[str, str]], Depends(_form)]
IssuerOf = Annotated[Issuer, Depends(_issuer)]


@_open.get("/.well-known/openid-configuration")
def discover(issuer: IssuerOf) -> dict[str, Any]:
    """What the issuer can do, and where."""
    return issuer.metadata()


@_open.get("/issuer/keys")
def keys(issuer: IssuerOf) -> dict[str, Any]:
    """The keys that its tokens are verified with."""
    return dict(issuer.keys.as_dict(private=False))


@_counted.get("/issuer/authorize")
def ask_to_sign_in(request: Request, issuer: IssuerOf) -> Response:
    """The page on which somebody signs in."""
    asked = _authorization(request, issuer)
    try:
        return sign_in_page(request, issuer.get_consent_grant(asked).redirect_uri)
    except OAuth2Error as error:
        return _refuse(issuer, asked, error)


@_counted.post("/issuer/authorize")
def take_sign_in(request: Request, issuer: IssuerOf, form: Form) -> Response:
    """Back to the program with a code, or the page once more."""
    if request.headers.get("origin", issuer.address) != issuer.address:
        raise Problem(HTTPStatus.FORBIDDEN, "foreign-form", _FOREIGN)
    asked, given = _authorization(request, issuer), dict(form)
    name = given.get("user", "")
    try:
        grant = issuer.get_consent_grant(asked)
    except OAuth2Error as error:
        return _refuse(issuer, asked, error)
    limits: RateLimits = request.app.state.limits
    limits.count_sign_in(name)
    account = sign_in(issuer.home, name, given.get("password", ""))
    if account is None or account.scope == Scope.SYSTEM:
        return sign_in_page(request, grant.redirect_uri, user=name, is_refused=True)
    answer: Response = issuer.create_authorization_response(asked, account, grant)
    return answer


@_counted.post("/issuer/token")
def give_token(request: Request, issuer: IssuerOf, form: Form) -> Response:
    """A token for a code, or for a system's secret. Errors are those of RFC 6749, which programs expect here."""
    answer: Response = issuer.create_token_response(_asked(request, issuer, form))
    return answer


def _authorization(request: Request, issuer: Issuer) -> AskedOfIssuer:
    return _asked(request, issuer, _texts(request.query_params))


def _asked(request: Request, issuer: Issuer, asked: list[tuple[str, str]]) -> AskedOfIssuer:
    for name, value in asked:
        if name in _REPEATED and not (value.isascii() and value.isprintable() and not set('"\\') & set(value)):
            raise Problem(HTTPStatus.BAD_REQUEST, "invalid-request", f"`{name}` has characters that it cannot have.")
    try:
        # The issuer's address as its callers know it: before a proxy, TLS ends elsewhere.
        return AskedOfIssuer(request.method, f"{issuer.address}{request.url.path}", request.headers, asked)
    except OAuth2Error as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "insecure-issuer", str(error.description)) from error


def _refuse(issuer: Issuer, asked: AskedOfIssuer, error: OAuth2Error) -> Response:
    """Told to the program, where it is known to be one of ours, otherwise to whoever asks."""
    if error.redirect_uri:
        answer: Response = issuer.handle_error_response(asked, error)
        return answer
    raise Problem(HTTPStatus.BAD_REQUEST, "invalid-request", f"{error.error}: {error.description}") from error


def _texts(values: ImmutableMultiDict[str, Any]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in values.multi_items() if isinstance(value, str)]
