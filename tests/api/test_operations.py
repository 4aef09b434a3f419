"""Whether the process lives, whether it can answer, and what it did."""

from __future__ import annotations

import socket

from tests.api.running_api import RunningApi, run_api

from recsys.settings import Settings


def test_whoever_asks_hears_that_the_process_lives(api: RunningApi) -> None:
    answer = api.as_nobody().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_it_is_ready_when_something_is_published(api: RunningApi) -> None:
    answer = api.as_nobody().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_it_is_not_ready_before_the_first_publication(home: Settings) -> None:
    with run_api(home) as empty:
        answer = empty.as_nobody().get("/readyz")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "nothing-published")
    assert int(answer.headers["retry-after"]) > 0


def test_it_lives_and_is_not_ready_while_the_database_is_away(home: Settings) -> None:
    with socket.socket() as nobody:
        # Bound and never listening: whoever connects is refused.
        nobody.bind(("127.0.0.1", 0))
        away = home.model_copy(update={"database_host": "127.0.0.1", "database_port": nobody.getsockname()[1]})
        with run_api(away) as running:
            ready, alive = running.as_nobody().get("/readyz"), running.as_nobody().get("/healthz")
    assert (ready.status_code, ready.json()["type"].rpartition("/")[2]) == (503, "unavailable")
    assert alive.status_code == 200


def test_requests_are_measured_by_route_and_never_by_customer(api: RunningApi) -> None:
    api.as_system().get("/v1/customers/c-4711/nowhere")
    api.as_nobody().request("QUERY", "/healthz")
    measures = api.as_admin().get("/metrics")
    assert measures.headers["content-type"].startswith("text/plain")
    assert 'recsys_api_requests_total{method="GET",route="/healthz",status="200"}' in measures.text
    assert 'recsys_api_requests_total{method="GET",route="unknown",status="404"}' in measures.text
    assert 'recsys_api_requests_total{method="other",route="/healthz",status="405"}' in measures.text
    assert 'recsys_api_request_seconds_count{method="GET",route="/healthz"}' in measures.text
    assert 'recsys_api_connections{state="idle"}' in measures.text
    assert "4711" not in measures.text
