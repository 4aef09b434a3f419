"""The API as `recsys up` starts it."""

from __future__ import annotations

import time

import httpx

from recsys.io import processes, stack
from recsys.io.ports import choose_port
from recsys.io.services import service
from recsys.settings import Settings


def test_the_service_answers_and_logs_nothing_of_who_asked_for_whom(home: Settings) -> None:
    port = choose_port(home, "api")
    processes.start(service(home, "api", {"api": port}), home.home)
    try:
        deadline = time.monotonic() + 60
        while not stack.is_healthy(home, "api"):
            assert processes.read_note(home.home, "api"), processes.log_tail(home.home, "api")
            assert time.monotonic() < deadline
            time.sleep(0.1)
        url = stack.api_url(home)
        assert httpx.get(f"{url}/v1/customers/c-4711/recommendations").status_code in (401, 404)
        assert httpx.get(f"{url}/.well-known/openid-configuration").json()["issuer"] == url
        (state,) = (state for state in stack.status(home) if state.name == "api")
        assert (state.is_running, state.url) == (True, url)
    finally:
        assert processes.stop(home.home, ["api"]) == 0
    log = processes.log_file(home.home, "api").read_text()
    assert "started server process" in log.lower()
    assert "4711" not in log
