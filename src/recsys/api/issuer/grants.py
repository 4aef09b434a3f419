"""The two ways to a token: somebody signs in, or a system shows its secret."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import KeySet

from recsys.api.issuer.clients import OPENID
from recsys.api.issuer.codes import Code
from recsys.io.accounts import Account


class SignedInGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """A person signed in, and the program brings the code (RFC 6749, 4.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """With the scope that the person has, of those that the program asks for."""
        account: Account = request.user
        told = request.payload.data
        kept = Code(
            client_id=request.client.get_client_id(),
            account=account,
            scope=" ".join(word for word in request.scope.split() if word in (OPENID, account.scope)),
            redirect_uri=request.payload.redirect_uri or "",
            code_challenge=told["code_challenge"],
            code_challenge_method=told["code_challenge_method"],
            nonce=told.get("nonce"),
        )
        self.server.codes.keep(code, kept)

    def query_authorization_code(self, code: str, client: ClientMixin) -> Code | None:
        """Taking it is using it."""
        taken: Code | None = self.server.codes.take(code, client.get_client_id())
        return taken

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It is gone since it was asked for."""

    def authenticate_user(self, authorization_code: Code) -> Account:
        """Who signed in."""
        return authorization_code.account


class SystemGrant(ClientCredentialsGrant):  # type: ignore[misc]
    """A system of the bank for itself (RFC 6749, 4.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


class RequiredChallenge(CodeChallenge):  # type: ignore[misc]
    """PKCE by hash, without which nobody signs in (RFC 9700, 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        """Called by Authlib before the person is asked."""
        told = grant.request.payload.data
        if not told.get("code_challenge") or told.get("code_challenge_method") != "S256":
            raise InvalidRequestError("This needs a 'code_challenge' with the 'code_challenge_method' S256.")
        super().validate_code_challenge(grant, redirect_uri)


class IdTokens(OpenIDCode):  # type: ignore[misc]
    """ID tokens beside access tokens, for programs that ask for `openid`."""

    def __init__(self, issuer: str, keys: KeySet) -> None:
        super().__init__()
        self._issuer, self._keys = issuer, keys

    def resolve_client_private_key(self, client: ClientMixin) -> KeySet:
        """The issuer's own key, for whichever program."""
        return self._keys

    def get_client_claims(self, client: ClientMixin) -> dict[str, Any]:
        """Who says so, to whom."""
        return {"iss": self._issuer, "aud": [client.get_client_id()]}

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """It is the program that looks whether it sees its own again."""
        return False

    def generate_user_info(self, user: Account, scope: str) -> dict[str, str]:
        """Who the person is to the bank; there is no more in an account."""
        return {"sub": user.name, **user.claims()}
