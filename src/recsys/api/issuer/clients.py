"""The programs that may ask the embedded issuer for tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from authlib.oauth2.rfc6749 import ClientMixin

from recsys.api.principal import Scope
from recsys.io.accounts import Account, find_account, sign_in
from recsys.io.signing_key import ALGORITHM

PEOPLE_CLIENT = "recsys"
OPENID = "openid"
_OWN_MACHINE = re.compile(r"http://127\.0\.0\.1:\d{1,5}/callback")


@dataclass(frozen=True)
class PeopleClient(ClientMixin):  # type: ignore[misc]
    """What people sign in through. It has no secret, so it has to prove that it is who began (PKCE, RFC 7636)."""

    address: str
    id_token_signed_response_alg = ALGORITHM

    def get_client_id(self) -> str:
        """Its name."""
        return PEOPLE_CLIENT

    def get_default_redirect_uri(self) -> str:
        """The pages of this installation."""
        return f"{self.address}/signed-in"

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """The pages, or a program on the person's own machine, on whatever port it found free (RFC 8252, 7.3)."""
        return redirect_uri == self.get_default_redirect_uri() or bool(_OWN_MACHINE.fullmatch(redirect_uri))

    def get_allowed_scope(self, scope: str | None) -> str:
        """What people can be; what of it somebody is, is known when he has signed in."""
        asked = (scope or OPENID).split()
        return " ".join(word for word in asked if word in (OPENID, Scope.CUSTOMER, Scope.ADVISOR, Scope.ADMIN))

    def check_client_secret(self, client_secret: str) -> bool:
        """It has none."""
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """It has nothing to show."""
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        """A code, for which it fetches the token itself."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """By code, and no other way."""
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class SystemClient(ClientMixin):  # type: ignore[misc]
    """Another system of the bank, which signs in as itself, by its secret."""

    home: Path
    account: Account

    def get_client_id(self) -> str:
        """Its name."""
        return self.account.name

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Its own; None where it asks for something else only."""
        own = self.account.scope
        return own if not scope or own in scope.split() else None

    def get_default_redirect_uri(self) -> None:
        """None: nobody signs in through it."""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """None, either."""
        return False

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether it is the one that was generated."""
        return sign_in(self.home, self.account.name, client_secret) is not None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """In a header or in the form."""
        return method in ("client_secret_basic", "client_secret_post")

    def check_grant_type(self, grant_type: str) -> bool:
        """As itself, for nobody else."""
        return grant_type == "client_credentials"


def find_client(home: Path, address: str, client_id: str) -> ClientMixin | None:
    """The program of that name."""
    if client_id == PEOPLE_CLIENT:
        return PeopleClient(address)
    account = find_account(home, client_id)
    return SystemClient(home, account) if account and account.scope == Scope.SYSTEM else None
