"""Which access tokens count."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem
from recsys.api.tokens import TokenVerifier

ISSUER, AUDIENCE = "https://bank.example", "recsys"
KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "first"})
NEXT_KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "next"})


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "client_id": "app", "jti": "1"}
    asked = {**usual, "iat": now, "exp": now + 60, "scope": "customer", "customer_id": "c1", **changes}
    return {name: value for name, value in asked.items() if value is not None}


def token(key: Any = KEY, header: dict[str, str] | None = None, **changes: Any) -> str:
    return jwt.encode(header or {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}, claims(**changes), key)


def with_the_public_key_as_password() -> str:
    parts = [{"alg": "HS256", "typ": "at+jwt", "kid": "first"}, claims()]
    signed = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    digest = hmac.digest(KEY.as_pem(private=False), signed, "sha256")
    return (signed + b"." + urlsafe_b64encode(digest).rstrip(b"=")).decode()


def verifier(*published: ECKey) -> TokenVerifier:
    return TokenVerifier(ISSUER, AUDIENCE, lambda: KeySet(list(published or (KEY,))))


def test_a_token_of_the_issuer_tells_who_calls() -> None:
    known = verifier().verify(token(scope="openid customer"))
    assert known == Principal("ada", frozenset({Scope.CUSTOMER}), customer_id="c1")


def test_clocks_may_differ_by_some_seconds() -> None:
    verifier().verify(token(exp=int(time.time()) - 5, iat=int(time.time()) + 5))


@pytest.mark.parametrize(
    "wrong",
    [
        token(exp=int(time.time()) - 60),
        token(iss="https://other.example"),
        token(aud="another-api"),
        token(sub=None),
        token(exp=None),
        token(jti=None),
        token(header={"alg": "ES256", "typ": "JWT", "kid": "first"}),
        token(header={"alg": "ES256", "kid": "first"}),
        token(NEXT_KEY, {"alg": "ES256", "typ": "at+jwt", "kid": "first"}),
        with_the_public_key_as_password(),
        token()[:-4],
        "eyJhbGciOiJub25lIn0.e30.",
        "no-token",
        "a.b.c",
        "",
        "ä.ö.ü",
        ".".join(["e30"] * 5),
    ],
    ids=[
        "out of date", "another issuer", "another audience", "nobody", "for ever", "without number", "an ID token",
        "says not what it is", "signed by another", "public key as a password", "cut", "unsigned", "one word",
        "not base64", "empty", "not ascii", "encrypted",
    ],
)  # fmt: skip
def test_no_other_token_counts(wrong: str) -> None:
    with pytest.raises(Problem) as raised:
        verifier().verify(wrong)
    assert raised.value.status == 401
    assert raised.value.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_new_keys_of_the_issuer_are_found_at_once() -> None:
    published = [KEY]
    reader = TokenVerifier(ISSUER, AUDIENCE, lambda: KeySet(list(published)))
    # A minute ago the keys were read, of which one was changed since.
    reader.verify(token())
    reader._looked_at -= 60
    published.append(NEXT_KEY)
    assert reader.verify(token(NEXT_KEY)).subject == "ada"
    assert reader.verify(token()).subject == "ada"


def test_unknown_keys_do_not_make_us_ask_the_issuer_again_and_again() -> None:
    asked = []
    reader = TokenVerifier(ISSUER, AUDIENCE, lambda: asked.append(1) or KeySet([KEY]))
    reader.verify(token())
    for _ in range(3):
        with pytest.raises(Problem):
            reader.verify(token(NEXT_KEY))
    assert len(asked) == 1


def test_nobody_is_waited_for_where_the_key_is_known() -> None:
    asked = []
    reader = TokenVerifier(ISSUER, AUDIENCE, lambda: asked.append(1) or KeySet([KEY]))
    assert reader.verify_at_once(token()) is None
    assert asked == []
    reader.verify(token())
    assert reader.verify_at_once(token()) == reader.verify(token())
    assert asked == [1]
