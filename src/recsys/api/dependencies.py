"""What routes ask for by the type of their arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from recsys.api.limits import RateLimits
from recsys.api.principal import Principal
from recsys.api.problems import Problem
from recsys.api.tokens import TokenVerifier, refused
from recsys.io.lookups import Lookups
from recsys.io.pool import Pool
from recsys.io.postgres import Connection
from recsys.settings import Settings

_BEARER = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    description="An access token (RFC 9068) of the bank's OpenID Connect provider, or of the embedded issuer.",
)


# What waits for nobody is `async`: FastAPI hands everything else over to a thread and back, which takes longer than it.
async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def pool_of(request: Request) -> Pool:
    """For what borrows a connection in the thread that it runs in: `Db` is handed over from threads of its own."""
    pool: Pool = request.app.state.pool
    return pool


def lookups_of(request: Request) -> Lookups:
    """For what is looked up on the event loop."""
    lookups: Lookups = request.app.state.lookups
    return lookups


def _connection(request: Request) -> Iterator[Connection]:
    with pool_of(request).connection() as connection:
        yield connection


def count_address(request: Request) -> None:
    """For routes without a token. Raises `Problem` 429 where the address asks too often."""
    limits: RateLimits = request.app.state.limits
    limits.count_address(request.client.host if request.client else "")


async def _caller(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Principal:
    try:
        if bearer is None:
            raise refused("This needs an access token: `Authorization: Bearer ...`.")
        verifier: TokenVerifier = request.app.state.verifier
        token = bearer.credentials
        principal = verifier.verify_at_once(token)
        if principal is None:
            principal = await run_in_threadpool(verifier.verify, token)
    except Problem:
        # Whoever tries tokens out is slowed down like everybody else.
        count_address(request)
        raise
    limits: RateLimits = request.app.state.limits
    limits.count_principal(principal)
    return principal


SettingsOf = Annotated[Settings, Depends(_settings)]
# Also counts the request, so that nobody asks too often.
Caller = Annotated[Principal, Depends(_caller)]
# A transaction of its own: undone when the answer fails, and committed before it is sent, so that it is true.
Db = Annotated[Connection, Depends(_connection, scope="function")]
