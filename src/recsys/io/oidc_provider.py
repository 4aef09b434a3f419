"""What an OpenID Connect provider says: what it is, its keys, and a token for a code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from recsys.errors import StackError

_TIMEOUT_SECONDS = 5


def read_provider(issuer: str) -> dict[str, Any]:
    """The discovery document of `issuer`. Raises `StackError` where it does not answer as one."""
    with _speaking_to(issuer) as client:
        return _discover(client, issuer)


def read_provider_keys(issuer: str) -> KeySet:
    """The keys of `issuer` by its discovery document. Raises `StackError` where it does not answer as one."""
    with _speaking_to(issuer) as client:
        keys: Any = _read(client, _discover(client, issuer)["jwks_uri"])
        return KeySet.import_key_set(keys)


def exchange_code(issuer: str, asked: dict[str, str], secret: str) -> dict[str, Any]:
    """What the token endpoint of `issuer` answers to `asked`, also where it refuses (RFC 6749, 4.1.3 and 5.2).

    With a `secret` the client shows it as HTTP Basic. Raises `StackError` where nobody answers as a provider.
    """
    with _speaking_to(issuer) as client:
        credentials = httpx.BasicAuth(asked["client_id"], secret) if secret else httpx.USE_CLIENT_DEFAULT
        answer = client.post(_discover(client, issuer)["token_endpoint"], data=asked, auth=credentials)
        return dict(answer.json())


@contextmanager
def _speaking_to(issuer: str) -> Iterator[httpx.Client]:
    try:
        with httpx.Client(timeout=_TIMEOUT_SECONDS) as client:
            yield client
    except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
        raise _error(issuer, f"does not answer as one ({type(error).__name__})") from error


def _discover(client: httpx.Client, issuer: str) -> dict[str, Any]:
    document = _read(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if document.get("issuer") != issuer:
        raise _error(issuer, f"calls itself {document.get('issuer')}")
    return document


def _read(client: httpx.Client, url: str) -> dict[str, Any]:
    answer = client.get(url).raise_for_status().json()
    return dict(answer)


def _error(issuer: str, what: str) -> StackError:
    return StackError(
        f"The OpenID Connect provider {issuer} {what}.",
        remedy="RECSYS_OIDC_ISSUER is the issuer exactly as its discovery document has it.",
    )
