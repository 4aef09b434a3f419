"""Access tokens of an OpenID Connect provider (RFC 9068), verified with its published keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from threading import Lock

from authlib.oauth2.rfc6750.errors import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from recsys.api.principal import Principal
from recsys.api.problems import Problem
from recsys.errors import StackError

# A provider may change its keys at any time: an unknown key is looked for at once, but not more often than this.
_SECONDS_BETWEEN_LOOKS = 10.0
# By which the clocks of provider and API may differ.
_LEEWAY_SECONDS = 30


class TokenVerifier(JWTBearerTokenValidator):  # type: ignore[misc]
    """Verifies tokens that `issuer` made for `audience`; `read_keys` reads the keys that it publishes now."""

    def __init__(self, issuer: str, audience: str, read_keys: Callable[[], KeySet]) -> None:
        super().__init__(issuer, audience)
        self._read_keys, self._lock = read_keys, Lock()
        self._keys = KeySet([])
        self._looked_at = float("-inf")

    def get_jwks(self) -> KeySet:
        """Called by Authlib for every token."""
        return self._keys

    def verify(self, token: str) -> Principal:
        """Who bears `token`. Raises `Problem`: 401 for one that is not the issuer's, has run out or is for others;
        503 where the issuer's keys are not known and cannot be read.
        """
        principal = self.verify_at_once(token)
        if principal is None:
            self._look()
            principal = self.verify_at_once(token)
        if principal is None:
            raise _not_valid()
        return principal

    def verify_at_once(self, token: str) -> Principal | None:
        """The same by the keys that are known, so that nobody is waited for; None where it is signed with another.

        Raises `Problem` 401 as `verify` does.
        """
        try:
            return self._principal(token)
        except InvalidKeyIdError:
            return None
        except JoseError as error:
            raise _not_valid() from error

    def _principal(self, token: str) -> Principal:
        try:
            claims = self.authenticate_token(token)
        except InvalidTokenError as error:
            # What is wrong with it decides whether the keys are read again.
            raise error.__cause__ or error from None
        if "typ" not in claims.header:
            raise JoseError("An access token says that it is one: an ID token must not pass for it (RFC 9068, 4).")
        claims.validate(leeway=_LEEWAY_SECONDS)
        return Principal.of(claims)

    def _look(self) -> None:
        with self._lock:
            if time.monotonic() - self._looked_at < _SECONDS_BETWEEN_LOOKS:
                if not self._keys:
                    raise _issuer_away()
                return
            self._looked_at = time.monotonic()
            try:
                self._keys = self._read_keys()
            except StackError as error:
                raise _issuer_away() from error


def _issuer_away() -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "issuer-away",
        "Tokens cannot be verified now: their issuer does not answer.",
        headers={"Retry-After": str(int(_SECONDS_BETWEEN_LOOKS))},
    )


def _not_valid() -> Problem:
    return refused("The token is not valid: ask its issuer for a new one.", "invalid_token")


def refused(detail: str, error: str = "") -> Problem:
    """Nobody is known by this request (RFC 6750); `error` is the standard's word for it, of a token that there was."""
    challenge = f'Bearer error="{error}"' if error else "Bearer"
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", detail, headers={"WWW-Authenticate": challenge})
