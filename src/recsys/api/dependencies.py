"""What routes ask for by the type of their arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from recsys.api.principal import Principal
from recsys.api.tokens import TokenVerifier, refused
from recsys.io.pool import Pool
from recsys.io.postgres import Connection
from recsys.settings import Settings

_BEARER = HTTPBearer(auto_error=False, description="An access token of the OpenID Connect provider (RFC 9068).")


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _connection(request: Request) -> Iterator[Connection]:
    pool: Pool = request.app.state.pool
    with pool.connection() as connection:
        yield connection


def _caller(request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Principal:
    if bearer is None:
        raise refused("This needs an access token: `Authorization: Bearer ...`.")
    verifier: TokenVerifier = request.app.state.verifier
    return verifier.verify(bearer.credentials)


SettingsOf = Annotated[Settings, Depends(_settings)]
Caller = Annotated[Principal, Depends(_caller)]
# A transaction of its own: committed when the answer is made, undone when it fails.
Db = Annotated[Connection, Depends(_connection)]
