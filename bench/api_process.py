"""The API of a made-up bank, as `recsys up` starts it but with the constant route, and what its process takes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from joserfc.jwk import KeySet

from bench.asking import PROJECT, customer_id
from recsys.api.issuer.access_tokens import AccessTokens
from recsys.io import processes
from recsys.io.accounts import Account
from recsys.io.ports import choose_port
from recsys.io.processes import Service
from recsys.io.services import api_environment
from recsys.io.signing_key import open_signing_key
from recsys.settings import Settings

_SECONDS_TO_START = 60
_TICKS = os.sysconf("SC_CLK_TCK")


class _Client:
    """A program that asks for tokens, as far as a token tells of it."""

    def get_client_id(self) -> str:
        return "bench"

    def get_allowed_scope(self, scope: str) -> str:
        return scope


@dataclass(frozen=True)
class ApiProcess:
    """Where it listens, and its number."""

    settings: Settings
    url: str
    pid: int

    def system_token(self) -> str:
        """Of a system of the bank."""
        return self._token(Account("crm", "system"))

    def customer_tokens(self, n: int) -> list[str]:
        """Of the first `n` customers."""
        names = [customer_id(number) for number in range(n)]
        return [self._token(Account(name, "customer", customer_id=name)) for name in names]

    def cpu_seconds(self) -> float:
        """Of all its threads since it began."""
        fields = (Path("/proc") / str(self.pid) / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mb(self) -> float:
        """What it has in memory now."""
        pages = int((Path("/proc") / str(self.pid) / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _token(self, account: Account) -> str:
        keys = KeySet([open_signing_key(self.settings.home)])
        tokens = AccessTokens(self.url, self.settings.api_audience, keys)
        return str(tokens.generate("authorization_code", _Client(), account, account.scope)["access_token"])


@contextmanager
def running_api(settings: Settings) -> Iterator[ApiProcess]:
    """The API of `settings.home` while the block lasts, with no limit that the callers of a benchmark would meet."""
    settings = settings.model_copy(update={"api_person_requests": 10**9, "api_system_requests": 10**9})
    port = choose_port(settings, "api")
    environment = {**api_environment(settings, port), "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])}
    service = Service("api", (sys.executable, "-m", "bench.constant_route"), environment)
    pid = processes.start(service, settings.home)
    try:
        running = ApiProcess(settings, environment["RECSYS_API_URL"], pid)
        _await(running)
        yield running
    finally:
        processes.stop(settings.home, ["api"])


def _await(running: ApiProcess) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            httpx.get(f"{running.url}/readyz").raise_for_status()
            return
        except httpx.TransportError:
            home = running.settings.home
            if time.monotonic() > deadline or not processes.read_note(home, "api"):
                raise SystemExit(f"The API does not start:\n{processes.log_tail(home, 'api')}") from None
            time.sleep(0.1)
