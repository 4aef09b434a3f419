"""Access tokens of the embedded issuer: RFC 9068, signed with its own key, for an hour."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from joserfc.jwk import KeySet

from recsys.io.accounts import Account
from recsys.io.signing_key import ALGORITHM

_SECONDS = 3600


class AccessTokens(JWTBearerTokenGenerator):  # type: ignore[misc]
    """Makes tokens of `issuer` for `audience`, with the claims by which the API knows customers and advisors."""

    def __init__(self, issuer: str, audience: str, keys: KeySet) -> None:
        super().__init__(issuer, ALGORITHM, expires_generator=lambda client, grant_type: _SECONDS)
        self._audience, self._keys = audience, keys

    def get_jwks(self) -> KeySet:
        """Called by Authlib for every token."""
        return self._keys

    def get_audiences(self, client: ClientMixin, user: Account | None, scope: str) -> str:
        """The API, whoever asks."""
        return self._audience

    def get_extra_claims(
        self, client: ClientMixin, grant_type: str, user: Account | None, scope: str
    ) -> dict[str, Any]:
        """Who the bearer is to the bank."""
        return user.claims() if user else {}
