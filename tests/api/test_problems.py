"""Whatever goes wrong is answered as a problem document, and gives nothing away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.api.running_api import RunningApi

from recsys.api.failures import Failures


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/docs", 404, "not-found"),
        ("DELETE", "/healthz", 405, "method-not-allowed"),
        ("QUERY", "/healthz", 405, "method-not-allowed"),
        ("GET", "/metrics", 401, "unauthorized"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(api: RunningApi, method: str, path: str, status: int, kind: str) -> None:
    answer = api.as_nobody().request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["type"].rpartition("/")[2]) == (status, kind)
    assert document["detail"]


def test_what_is_allowed_instead_is_said(api: RunningApi) -> None:
    assert api.as_nobody().delete("/healthz").headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/metrics", "/openapi.json"])
def test_every_answer_has_the_headers_that_protect_it(api: RunningApi, path: str) -> None:
    headers = api.as_nobody().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    # Over plain HTTP it would shut this machine's other servers out.
    assert "strict-transport-security" not in headers


def test_a_large_body_is_turned_away_by_its_length(api: RunningApi) -> None:
    answer = api.as_nobody().request("GET", "/healthz", content=b" " * (api.settings.api_body_bytes + 1))
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (413, "content-too-large")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_large_body_is_turned_away_when_it_does_not_say_how_large_it_is(api: RunningApi) -> None:
    def parts() -> Iterator[bytes]:
        yield from [b"x" * 10_000] * (api.settings.api_body_bytes // 10_000 + 1)

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = api.as_nobody().post("/issuer/token", content=parts(), headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (413, "content-too-large")


async def _ask(app: ASGIApp) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        return await client.get("/v1/customers/c-4711")


def test_what_nobody_foresaw_is_logged_by_kind_and_place_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    row = ["ada@example.org", "Ada Lovelace"]

    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            raise KeyError(row[0])
        except KeyError as error:
            raise ValueError(row[1]) from error

    with caplog.at_level(logging.ERROR):
        answer = asyncio.run(_ask(Failures(fails)))
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert row[1] not in answer.text
    assert "ValueError" in caplog.text
    assert "KeyError" in caplog.text
    assert "test_problems.py" in caplog.text
    for value in (*row, "4711"):
        assert value not in caplog.text


def test_all_methods_of_a_path_are_named_to_who_asks_with_another(api: RunningApi) -> None:
    answer = api.as_nobody().options("/v1/customers/c2/objection")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "DELETE, GET, POST")
