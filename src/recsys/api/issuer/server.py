"""The embedded OpenID Connect issuer, for a demo and for trying things out: Authlib's server over our accounts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from authlib.oauth2 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError
from authlib.oauth2.rfc6749.requests import OAuth2Payload
from fastapi.responses import JSONResponse, Response
from joserfc.jwk import KeySet

from recsys.api.issuer.access_tokens import AccessTokens
from recsys.api.issuer.clients import OPENID, find_client
from recsys.api.issuer.codes import Codes
from recsys.api.issuer.grants import IdTokens, RequiredChallenge, SignedInGrant, SystemGrant
from recsys.api.principal import Scope
from recsys.io.signing_key import ALGORITHM, open_signing_key
from recsys.settings import Settings


class AskedOfIssuer(OAuth2Request):  # type: ignore[misc]
    """A request for a code or a token: what was asked, as pairs of name and value."""

    def __init__(self, method: str, uri: str, headers: Mapping[str, str], asked: Sequence[tuple[str, str]]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = _Asked(asked)

    @property
    def form(self) -> dict[str, str]:
        """What was asked by name."""
        return self.payload.data


class _Asked(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, asked: Sequence[tuple[str, str]]) -> None:
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in asked:
            self._values[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._values.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._values


class Issuer(AuthorizationServer):  # type: ignore[misc]
    """Signs people and systems of `settings.home` in; its address is that of the API."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(scopes_supported=[OPENID, *Scope])
        self.home, self.address, self.codes = settings.home, settings.api_address, Codes()
        self.keys = KeySet([open_signing_key(settings.home)])
        self.register_token_generator("default", AccessTokens(self.address, settings.api_audience, self.keys))
        self.register_grant(SignedInGrant, [RequiredChallenge(), IdTokens(self.address, self.keys)])
        self.register_grant(SystemGrant)

    def metadata(self) -> dict[str, Any]:
        """The discovery document (OpenID Connect Discovery 1.0)."""
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/issuer/authorize",
            "token_endpoint": f"{self.address}/issuer/token",
            "jwks_uri": f"{self.address}/issuer/keys",
            "scopes_supported": self.scopes_supported,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["sub", "customer_id", "advisor_id"],
        }

    def token_for(self, request: OAuth2Request) -> dict[str, Any]:
        """What the token endpoint answers, for a program in this process."""
        return dict(json.loads(self.create_token_response(request).body))

    def query_client(self, client_id: str) -> ClientMixin | None:
        """Called by Authlib."""
        return find_client(self.home, self.address, client_id)

    def authenticate_client(
        self, request: OAuth2Request, methods: Sequence[str], endpoint: str = "token"
    ) -> ClientMixin:
        """Called by Authlib, which does not expect a header that is no text."""
        try:
            return super().authenticate_client(request, methods, endpoint)
        except UnicodeDecodeError as error:
            raise InvalidClientError(status_code=401) from error

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Tokens prove themselves by their signature: nothing is kept."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        """What Authlib makes of a framework's request, which the routes have done."""
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Response:
        """What Authlib answers."""
        kept = dict(headers)
        return JSONResponse(body, status, kept) if isinstance(body, dict) else Response(body, status, kept)
