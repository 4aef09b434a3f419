"""Who looks at a page, by the session, and for whom it is."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from recsys.api.access import require
from recsys.api.limits import RateLimits
from recsys.api.pages.session import Cookies, Session
from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem


def session_of(request: Request) -> Session | None:
    """The session that the request belongs to; looked at once, however many ask."""
    if not hasattr(request.state, "session"):
        cookies: Cookies = request.app.state.cookies
        request.state.session = cookies.session(request)
    session: Session | None = request.state.session
    return session


def _maybe(request: Request) -> Principal | None:
    session = session_of(request)
    return session.principal if session else None


def _visitor(request: Request) -> Principal:
    """Raises `Problem` 401, which a page answers by the way to the sign-in, and 429."""
    session = session_of(request)
    if session is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "not-signed-in", "Please sign in.")
    limits: RateLimits = request.app.state.limits
    limits.count_principal(session.principal)
    return session.principal


def _for(scope: Scope) -> Callable[[Principal], Principal]:
    def visitor_of_scope(visitor: Annotated[Principal, Depends(_visitor)]) -> Principal:
        require(visitor, scope)
        return visitor

    return visitor_of_scope


MaybeVisitor = Annotated[Principal | None, Depends(_maybe)]
Visitor = Annotated[Principal, Depends(_visitor)]
CustomerVisitor = Annotated[Principal, Depends(_for(Scope.CUSTOMER))]
AdvisorVisitor = Annotated[Principal, Depends(_for(Scope.ADVISOR))]
OperationsVisitor = Annotated[Principal, Depends(_for(Scope.ADMIN))]
