"""Access tokens of an OpenID Connect provider (RFC 9068), verified with its published keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from authlib.oauth2.rfc6750.errors import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator

from recsys.api.principal import Principal
from recsys.api.problems import Problem

# A provider may change its keys at any time; an unknown key is asked for at once, but not more often than this.
_SECONDS_BETWEEN_LOOKS = 10.0


class TokenVerifier(JWTBearerTokenValidator):  # type: ignore[misc]
    """Verifies the tokens of `issuer` for `audience`; `read_keys` gives the provider's JSON Web Key Set."""

    def __init__(self, issuer: str, audience: str, read_keys: Callable[[], Mapping[str, Any]]) -> None:
        super().__init__(issuer, audience)
        self._read_keys = read_keys
        self._keys: Mapping[str, Any] = {}
        self._looked_at = float("-inf")

    def get_jwks(self) -> Mapping[str, Any]:
        """Called by Authlib for every token."""
        if not self._keys:
            self._look()
        return self._keys

    def verify(self, token: str) -> Principal:
        """Who bears `token`. Raises `Problem` 401 for one that is not the provider's, has run out or is for others."""
        try:
            return self._principal(token)
        except InvalidTokenError:
            if time.monotonic() - self._looked_at < _SECONDS_BETWEEN_LOOKS:
                raise refused("The token is not valid: ask the provider for a new one.") from None
        self._look()
        try:
            return self._principal(token)
        except InvalidTokenError:
            raise refused("The token is not valid: ask the provider for a new one.") from None

    def _principal(self, token: str) -> Principal:
        claims = self.authenticate_token(token)
        self.validate_token(claims, None, None)
        return Principal.of(claims)

    def _look(self) -> None:
        self._keys, self._looked_at = self._read_keys(), time.monotonic()


def refused(detail: str) -> Problem:
    """Nobody is known by this request; without a word on why (RFC 6750)."""
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
