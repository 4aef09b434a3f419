"""Where people sign in: at the embedded issuer, or at the bank's own OpenID Connect provider."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from recsys.api.issuer.clients import OPENID, PEOPLE_CLIENT
from recsys.api.issuer.server import AskedOfIssuer, Issuer
from recsys.api.pages.session import SigningIn
from recsys.api.principal import Scope
from recsys.errors import StackError
from recsys.io.oidc_provider import exchange_code, read_provider
from recsys.settings import Settings

_SCOPES = " ".join((OPENID, Scope.CUSTOMER, Scope.ADVISOR, Scope.ADMIN))


class Provider(Protocol):
    """Signs people in by the authorization code flow with PKCE (RFC 9700, 2.1.1)."""

    def address(self, signing_in: SigningIn) -> str:
        """Where the browser is sent. Raises `StackError` where the provider does not answer."""

    def access_token(self, code: str, signing_in: SigningIn) -> str:
        """What the code that came back is good for. Raises `StackError` where it is good for nothing."""


def provider_of(settings: Settings, issuer: Issuer | None) -> Provider:
    """The one that this installation has."""
    return EmbeddedProvider(issuer) if issuer else BankProvider(settings)


class EmbeddedProvider:
    """The issuer of this process, which is asked without going through the network."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    def address(self, signing_in: SigningIn) -> str:
        """Its own page."""
        return _authorization(f"{self._issuer.address}/issuer/authorize", PEOPLE_CLIENT, self._back, signing_in)

    def access_token(self, code: str, signing_in: SigningIn) -> str:
        """As its token endpoint gives it."""
        asked = _exchange(PEOPLE_CLIENT, self._back, code, signing_in)
        request = AskedOfIssuer("POST", f"{self._issuer.address}/issuer/token", {}, list(asked.items()))
        return _token(self._issuer.token_for(request))

    @property
    def _back(self) -> str:
        return back_to(self._issuer.address)


class BankProvider:
    """The provider that is set, described by its discovery document."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def address(self, signing_in: SigningIn) -> str:
        """As its discovery document says."""
        described = read_provider(self._settings.oidc_issuer)
        return _authorization(
            described["authorization_endpoint"], self._settings.oidc_client_id, self._back, signing_in
        )

    def access_token(self, code: str, signing_in: SigningIn) -> str:
        """From its token endpoint, where the pages are known by their secret if they have one."""
        asked = _exchange(self._settings.oidc_client_id, self._back, code, signing_in)
        secret = self._settings.oidc_client_secret.get_secret_value()
        return _token(exchange_code(self._settings.oidc_issuer, asked, secret))

    @property
    def _back(self) -> str:
        return back_to(self._settings.api_address)


def back_to(address: str) -> str:
    """Where providers send the browser back to."""
    return f"{address}/signed-in"


def _authorization(endpoint: str, client_id: str, back: str, signing_in: SigningIn) -> str:
    digest = hashlib.sha256(signing_in.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": back,
        "scope": _SCOPES,
        "state": signing_in.state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def _exchange(client_id: str, back: str, code: str, signing_in: SigningIn) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "redirect_uri": back,
        "code": code,
        "code_verifier": signing_in.verifier,
    }


def _token(answer: Mapping[str, Any]) -> str:
    if "access_token" not in answer:
        raise StackError(
            f"The sign-in was not confirmed: {answer.get('error', 'no access token came')}.",
            remedy="Sign in once more; a code is good for one minute and one time.",
        )
    return str(answer["access_token"])
