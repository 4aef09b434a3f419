"""Access tokens of the embedded issuer: RFC 9068, signed with its own key, for an hour."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from joserfc.jwk import ECKey, KeySet

from recsys.api.issuer.users import User
from recsys.io.signing_key import ALGORITHM

_SECONDS = 3600


class AccessTokens(JWTBearerTokenGenerator):  # type: ignore[misc]
    """Makes tokens of `issuer` for `audience`, with the claims by which the API knows customers and advisors."""

    def __init__(self, issuer: str, audience: str, key: ECKey) -> None:
        super().__init__(issuer, ALGORITHM, expires_generator=lambda client, grant_type: _SECONDS)
        self._audience, self._keys = audience, KeySet([key])

    def get_jwks(self) -> KeySet:
        """Called by Authlib for every token."""
        return self._keys

    def get_audiences(self, client: ClientMixin, user: User | None, scope: str) -> str:
        """The API, whoever asks."""
        return self._audience

    def get_extra_claims(self, client: ClientMixin, grant_type: str, user: User | None, scope: str) -> dict[str, Any]:
        """Who the bearer is to the bank."""
        return user.claims() if user else {}
