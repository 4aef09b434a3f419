"""The API as a server process has it, on a free port of this machine, and callers with tokens of its own issuer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from joserfc.jwk import KeySet

from recsys.api.issuer.access_tokens import AccessTokens
from recsys.api.server import build_server
from recsys.io.accounts import Account
from recsys.io.signing_key import open_signing_key
from recsys.settings import Settings

_SECONDS = 20


class TokenClient:
    """A program that asks for tokens, as far as a token tells of it."""

    def get_client_id(self) -> str:
        return "tests"

    def get_allowed_scope(self, scope: str) -> str:
        return scope


@dataclass(frozen=True)
class RunningApi:
    """Where it answers, and clients of everybody who may call it: `api.as_customer("c1").get("/v1/...")`."""

    settings: Settings

    @property
    def url(self) -> str:
        return self.settings.api_address

    def as_nobody(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=_SECONDS)

    def as_customer(self, customer_id: str) -> httpx.Client:
        return self.as_account(Account(f"{customer_id}", "customer", customer_id=customer_id))

    def as_advisor(self, advisor_id: str) -> httpx.Client:
        return self.as_account(Account(f"{advisor_id}", "advisor", advisor_id=advisor_id))

    def as_system(self) -> httpx.Client:
        return self.as_account(Account("crm", "system"))

    def as_admin(self) -> httpx.Client:
        return self.as_account(Account("operations", "admin"))

    def as_account(self, account: Account) -> httpx.Client:
        return self.with_token(self.token(account))

    def with_token(self, token: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=_SECONDS, headers={"Authorization": f"Bearer {token}"})

    def token(self, account: Account) -> str:
        keys = KeySet([open_signing_key(self.settings.home)])
        tokens = AccessTokens(self.url, self.settings.api_audience, keys)
        return str(tokens.generate("authorization_code", TokenClient(), account, account.scope)["access_token"])


@contextmanager
def run_api(settings: Settings, port: int | None = None) -> Iterator[RunningApi]:
    """The API of a home while the block lasts."""
    settings = settings.model_copy(update={"api_port": port or free_port()})
    server = build_server(settings)
    thread = threading.Thread(target=server.run, name="api")
    thread.start()
    try:
        deadline = time.monotonic() + _SECONDS
        while not server.started:
            assert thread.is_alive(), "the API ended while it was starting"
            assert time.monotonic() < deadline, "the API did not start"
            time.sleep(0.02)
        yield RunningApi(settings)
    finally:
        server.should_exit = True
        thread.join(_SECONDS)
        assert not thread.is_alive(), "the API does not stop"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
