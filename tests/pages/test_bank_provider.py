"""Signing in at the provider that the bank has already."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr
from tests.api.running_api import RunningApi, free_port, run_api
from tests.pages.bank_provider import CLIENT_ID, SECRET, BankProvider, run_provider

from recsys.io.accounts import Account
from recsys.settings import Settings

ADMIN = Account("operations", "admin")


@pytest.fixture
def provider(home: Settings) -> Iterator[tuple[BankProvider, int]]:
    port = free_port()
    known = BankProvider(ADMIN, home.api_audience, f"http://127.0.0.1:{port}/signed-in")
    with run_provider(known):
        yield known, port


def pages_with(home: Settings, provider: BankProvider, secret: str) -> Settings:
    return home.model_copy(
        update={
            "oidc_issuer": provider.url,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(secret),
        }
    )


def walk(api: RunningApi) -> httpx.Response:
    """As a browser goes that is led from one place to the next."""
    with httpx.Client(headers={"Accept": "text/html"}, follow_redirects=True, timeout=20) as browser:
        return browser.get(f"{api.url}/sign-in")


def test_whom_it_knows_is_signed_in(home: Settings, provider: tuple[BankProvider, int]) -> None:
    known, port = provider
    with run_api(pages_with(home, known, SECRET), port) as api:
        answer = walk(api)
    assert str(answer.url) == f"{api.url}/operations"
    assert "Signed in as operations." in answer.text


def test_without_the_secret_of_the_pages_nobody_is(home: Settings, provider: tuple[BankProvider, int]) -> None:
    known, port = provider
    with run_api(pages_with(home, known, "another"), port) as api:
        answer = walk(api)
    assert answer.status_code == 400
    assert "not-signed-in" in answer.text


def test_while_it_is_away_a_page_says_so(home: Settings) -> None:
    nowhere = home.model_copy(update={"oidc_issuer": f"http://127.0.0.1:{free_port()}"})
    with run_api(nowhere) as api:
        answer = walk(api)
    assert answer.status_code == 503
    assert "issuer-away" in answer.text
