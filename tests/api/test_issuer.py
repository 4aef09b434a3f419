"""Signing in at the embedded issuer, as programs and browsers do it."""

from __future__ import annotations

import base64
import stat
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.api.running_api import RunningApi

from recsys.io.accounts import Account, replace_accounts
from recsys.io.oidc_provider import read_provider_keys

ACCOUNTS = (
    Account("ada", "customer", customer_id="c1"),
    Account("anna", "advisor", advisor_id="anna"),
    Account("operations", "admin"),
    Account("crm", "system"),
)
VERIFIER = "v" * 43
CALLBACK = "http://127.0.0.1:5555/callback"


@pytest.fixture(scope="module")
def passwords(api: RunningApi) -> dict[str, str]:
    return replace_accounts(api.settings.home, ACCOUNTS)


def asked(**changes: str | None) -> dict[str, str]:
    usual = {
        "response_type": "code",
        "client_id": "recsys",
        "redirect_uri": CALLBACK,
        "scope": "openid customer advisor admin",
        "state": "a state",
        "nonce": "seen again",
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def sign_in(api: RunningApi, user: str, password: str, **changes: str | None) -> httpx.Response:
    form = {"user": user, "password": password}
    return api.as_nobody().post("/issuer/authorize", params=asked(**changes), data=form)


def told(answer: httpx.Response) -> dict[str, str]:
    """What the browser brings back to the program."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def fetch(api: RunningApi, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": "recsys",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return api.as_nobody().post("/issuer/token", data={**form, **changes})


def test_the_issuer_is_found_like_any_other(api: RunningApi) -> None:
    document = api.as_nobody().get("/.well-known/openid-configuration").json()
    assert document["issuer"] == api.url
    # Authlib holds them against HTTPS, which this machine's loopback does without.
    secure = {name: _over_https(value) for name, value in document.items()}
    OpenIDProviderMetadata(secure).validate()
    (key,) = read_provider_keys(api.url)
    assert key.is_private is False


def _over_https(value: object) -> object:
    return value.replace("http://", "https://") if isinstance(value, str) else value


def test_who_signs_in_gets_a_token_of_what_he_is(api: RunningApi, passwords: Mapping[str, str]) -> None:
    back = told(sign_in(api, "ada", passwords["ada"]))
    assert back["state"] == "a state"
    tokens = fetch(api, back["code"]).json()
    assert tokens["scope"] == "openid customer"
    keys = KeySet.import_key_set(api.as_nobody().get("/issuer/keys").json())
    access = jwt.decode(tokens["access_token"], keys)
    assert access.header["typ"] == "at+jwt"
    assert {name: access.claims[name] for name in ("iss", "aud", "sub", "client_id", "scope", "customer_id")} == {
        "iss": api.url,
        "aud": "recsys",
        "sub": "ada",
        "client_id": "recsys",
        "scope": "openid customer",
        "customer_id": "c1",
    }
    assert access.claims["exp"] - access.claims["iat"] == 3600
    person = jwt.decode(tokens["id_token"], keys).claims
    assert (person["sub"], person["aud"], person["nonce"]) == ("ada", ["recsys"], "seen again")


def test_the_api_takes_the_tokens(api: RunningApi, passwords: Mapping[str, str]) -> None:
    tokens = {
        user: fetch(api, told(sign_in(api, user, passwords[user]))["code"]).json() for user in ("anna", "operations")
    }
    answers = {user: api.with_token(of["access_token"]).get("/metrics").status_code for user, of in tokens.items()}
    assert answers == {"anna": 403, "operations": 200}
    # An ID token is for the program and opens nothing.
    assert api.with_token(tokens["operations"]["id_token"]).get("/metrics").status_code == 401


def test_a_code_is_good_once(api: RunningApi, passwords: Mapping[str, str]) -> None:
    code = told(sign_in(api, "ada", passwords["ada"]))["code"]
    assert fetch(api, code).status_code == 200
    again = fetch(api, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "stolen", [{"code_verifier": "w" * 43}, {"redirect_uri": "http://127.0.0.1:6666/callback"}, {"code_verifier": ""}]
)
def test_a_stolen_code_is_of_no_use(api: RunningApi, passwords: Mapping[str, str], stolen: dict[str, str]) -> None:
    code = told(sign_in(api, "ada", passwords["ada"]))["code"]
    assert fetch(api, code, **stolen).status_code == 400
    assert fetch(api, code).status_code == 400


@pytest.mark.parametrize("changes", [{"code_challenge": None}, {"code_challenge_method": None}])
def test_nobody_signs_in_without_a_challenge(api: RunningApi, passwords: Mapping[str, str], changes: dict) -> None:
    assert told(sign_in(api, "ada", passwords["ada"], **changes))["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"redirect_uri": "http://127.0.0.1:5555/callback?next=https://elsewhere.example"},
        {"redirect_uri": "http://[::1"},
        {"redirect_uri": 'http://"ü"'},
        {"client_id": "nobody"},
        {"client_id": "crm"},
        {"client_id": None},
        {"response_type": "token"},
        {"response_type": "tök\"en"},
    ],
)  # fmt: skip
def test_an_unknown_program_is_led_back_nowhere(
    api: RunningApi, passwords: Mapping[str, str], changes: dict[str, str | None]
) -> None:
    for answer in (
        api.as_nobody().get("/issuer/authorize", params=asked(**changes)),
        sign_in(api, "ada", passwords["ada"], **changes),
    ):
        if answer.status_code == 302:
            # A known program at its own place is told what it did wrong.
            assert "error" in told(answer)
            assert changes.keys() == {"response_type"}
        else:
            assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(("user", "password"), [("ada", "wrong"), ("nobody", "wrong"), ("crm", None)])
def test_who_is_not_known_is_asked_again(
    api: RunningApi, passwords: Mapping[str, str], user: str, password: str | None
) -> None:
    answer = sign_in(api, user, password or passwords[user])
    assert answer.status_code == 403
    assert "There is no such user with this password." in answer.text


def test_the_page_runs_nothing_and_says_back_nothing_unescaped(api: RunningApi) -> None:
    page = api.as_nobody().get("/issuer/authorize", params=asked())
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert policy.endswith("form-action 'self' http://127.0.0.1:5555")
    again = sign_in(api, '"><script>', "wrong")
    assert "<script>" not in again.text


def test_a_page_elsewhere_cannot_sign_anybody_in(api: RunningApi, passwords: Mapping[str, str]) -> None:
    form = {"user": "ada", "password": passwords["ada"]}
    client = api.as_nobody()
    for origin, status in ((api.url, 302), ("https://elsewhere.example", 403), ("null", 403)):
        answer = client.post("/issuer/authorize", params=asked(), data=form, headers={"Origin": origin})
        assert answer.status_code == status


def test_passwords_cannot_be_guessed_one_after_the_other(api: RunningApi, passwords: Mapping[str, str]) -> None:
    assert [sign_in(api, "grace", "guess").status_code for _ in range(11)] == [403] * 10 + [429]
    assert sign_in(api, "anna", passwords["anna"]).status_code == 302


@pytest.mark.parametrize("in_header", [True, False])
def test_a_system_signs_in_by_its_secret(api: RunningApi, passwords: Mapping[str, str], in_header: bool) -> None:
    form = {"grant_type": "client_credentials", "scope": "system"}
    inside = {} if in_header else {"client_id": "crm", "client_secret": passwords["crm"]}
    header = httpx.BasicAuth("crm", passwords["crm"]) if in_header else None
    answer = api.as_nobody().post("/issuer/token", data={**form, **inside}, auth=header)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert api.with_token(answer.json()["access_token"]).get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("form", "authorization", "error"),
    [
        ({"grant_type": "client_credentials"}, b"crm:wrong", "invalid_client"),
        ({"grant_type": "client_credentials"}, b"ada:wrong", "invalid_client"),
        ({"grant_type": "client_credentials"}, b"recsys:wrong", "invalid_client"),
        ({"grant_type": "client_credentials"}, b"\xff\xfe:\xff", "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "recsys"}, b"", "invalid_client"),
        ({"grant_type": "password", "client_id": "recsys"}, b"", "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "client_id": "recsys"}, b"", "invalid_request"),
        ({"grant_type": "authorization_code", "client_id": "recsys", "code": "made up"}, b"", "invalid_grant"),
        ({}, b"", "unsupported_grant_type"),
    ],
)
def test_nothing_else_gives_a_token(
    api: RunningApi, passwords: Mapping[str, str], form: dict[str, str], authorization: bytes, error: str
) -> None:
    headers = {"Authorization": "Basic " + base64.b64encode(authorization).decode()} if authorization else {}
    answer = api.as_nobody().post("/issuer/token", data=form, headers=headers)
    assert (answer.status_code // 100, answer.json()["error"]) == (4, error)


def test_a_system_gets_no_other_scope(api: RunningApi, passwords: Mapping[str, str]) -> None:
    form = {"grant_type": "client_credentials", "scope": "admin"}
    answer = api.as_nobody().post("/issuer/token", data=form, auth=("crm", passwords["crm"]))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_a_person_gets_no_other_scope_than_his_own(api: RunningApi, passwords: Mapping[str, str]) -> None:
    code = told(sign_in(api, "ada", passwords["ada"], scope="openid admin"))["code"]
    token = fetch(api, code).json()
    assert token["scope"] == "openid"
    assert api.with_token(token["access_token"]).get("/metrics").status_code == 403


def test_keys_and_passwords_are_for_the_owner_of_the_home_only(api: RunningApi, passwords: Mapping[str, str]) -> None:
    folder = api.settings.home / "issuer"
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["accounts.json", "signing-key.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    for password in passwords.values():
        assert password not in files[0].read_text()


def test_a_query_may_not_carry_what_belongs_into_the_form(api: RunningApi, passwords: Mapping[str, str]) -> None:
    secrets = {"grant_type": "client_credentials", "client_id": "crm", "client_secret": passwords["crm"]}
    assert api.as_nobody().post(f"/issuer/token?{urlencode(secrets)}").status_code == 400
