"""The keys that an OpenID Connect provider publishes."""

from __future__ import annotations

from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from recsys.errors import StackError

_TIMEOUT_SECONDS = 5


def read_provider_keys(issuer: str) -> KeySet:
    """The keys of `issuer` by its discovery document. Raises `StackError` where it does not answer as one."""
    try:
        with httpx.Client(timeout=_TIMEOUT_SECONDS) as client:
            document = _read(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if document.get("issuer") != issuer:
                raise _error(issuer, f"calls itself {document.get('issuer')}")
            keys: Any = _read(client, document["jwks_uri"])
        return KeySet.import_key_set(keys)
    except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
        raise _error(issuer, f"does not answer as one ({type(error).__name__})") from error


def _read(client: httpx.Client, url: str) -> dict[str, Any]:
    answer = client.get(url).raise_for_status().json()
    return dict(answer)


def _error(issuer: str, what: str) -> StackError:
    return StackError(
        f"The OpenID Connect provider {issuer} {what}.",
        remedy="RECSYS_OIDC_ISSUER is the issuer exactly as its discovery document has it.",
    )
