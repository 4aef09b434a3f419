"""How often somebody may ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.api.running_api import RunningApi, run_api
from tests.integration.published_bank import PublishedBank


@pytest.fixture
def api(bank: PublishedBank) -> Iterator[RunningApi]:
    with run_api(bank.home.model_copy(update={"api_person_requests": 3, "api_system_requests": 5})) as running:
        yield running


def test_who_asks_too_often_is_told_when_to_come_back(api: RunningApi) -> None:
    anna, bert = api.as_advisor("anna"), api.as_advisor("bert")
    assert [anna.get("/metrics").status_code for _ in range(4)] == [403, 403, 403, 429]
    answer = anna.get("/metrics")
    assert answer.headers["content-type"] == "application/problem+json"
    assert 1 <= int(answer.headers["retry-after"]) <= 120
    assert bert.get("/metrics").status_code == 403


def test_a_system_may_ask_more_often_than_a_person(api: RunningApi) -> None:
    system = api.as_system()
    assert [system.get("/metrics").status_code for _ in range(6)] == [200] * 5 + [429]


def test_who_tries_tokens_out_is_slowed_down_and_with_him_nobody_who_has_one(api: RunningApi) -> None:
    guesses = [api.with_token(f"guess-{number}") for number in range(4)]
    assert [guess.get("/metrics").status_code for guess in guesses] == [401, 401, 401, 429]
    assert api.as_nobody().get("/metrics").status_code == 429
    assert api.as_admin().get("/metrics").status_code == 200


def test_whether_the_process_lives_may_always_be_asked(api: RunningApi) -> None:
    assert {api.as_nobody().get("/healthz").status_code for _ in range(10)} == {200}
