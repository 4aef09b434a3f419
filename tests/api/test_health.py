"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from tests.api.running_api import RunningApi


def test_whoever_asks_hears_that_the_process_lives(api: RunningApi) -> None:
    answer = api.as_nobody().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
