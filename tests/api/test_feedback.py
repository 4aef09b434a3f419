"""`POST /v1/feedback`: who may say what, once, and of what was shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.api.running_api import RunningApi
from tests.integration.published_bank import PublishedBank


def said(customer_id: str = "c2", **changes: Any) -> dict[str, Any]:
    usual = {"customer_id": customer_id, "product_id": "p1", "kind": "clicked", "channel": "app"}
    place = {"publication_id": 1, "position": int(customer_id[1:])}
    return {**usual, "occurred_at": datetime.now(UTC).isoformat(), "answers": place, **changes}


def post(client: httpx.Client, *items: dict[str, Any], name: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": name or str(uuid4())}
    return client.post("/v1/feedback", json={"items": items}, headers=headers)


def n_rows(bank: PublishedBank) -> int:
    return int(bank.rows("select count(*) from ops.feedback")[0][0])


def test_a_batch_of_every_kind_is_written_with_who_said_it(api: RunningApi, bank: PublishedBank) -> None:
    answer = post(
        api.as_customer("c2"),
        said(kind="shown"),
        said(kind="dismissed", reason="not_now"),
        said(kind="rated", rating=5),
        said(kind="rejected"),
    )
    assert answer.status_code == 201, answer.text
    numbers = answer.json()["feedback_ids"]
    assert bank.rows(
        "select kind, reason, rating, position, actor_role from ops.feedback"
        " where feedback_id = any(%s) order by feedback_id",
        numbers,
    ) == [
        ("shown", None, None, 2, "customer"),
        ("dismissed", "not_now", None, 2, "customer"),
        ("rated", None, 5, 2, "customer"),
        ("rejected", None, None, 2, "customer"),
    ]


def test_a_call_that_is_repeated_gets_the_same_answer(api: RunningApi, bank: PublishedBank) -> None:
    client, item = api.as_system(), said()
    first = post(client, item, name="once")
    before = n_rows(bank)
    again = post(client, item, name="once")
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert n_rows(bank) == before
    other = post(client, said(kind="shown"), name="once")
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (409, "idempotency-key-taken")


@pytest.mark.parametrize(
    ("wrong", "status", "why"),
    [
        (said("c9"), 404, "Nothing is known"),
        (said(answers={"publication_id": 7}), 409, "not recommended"),
        (said(answers={"publication_id": 1, "position": 9}), 409, "another position"),
        (said(product_id="p9", answers=None), 409, "sells no product"),
        (said(occurred_at="2999-01-01T00:00:00Z"), 409, "future"),
    ],
)
def test_one_wrong_item_is_named_and_nothing_is_written(
    api: RunningApi, bank: PublishedBank, wrong: dict[str, Any], status: int, why: str
) -> None:
    before = n_rows(bank)
    answer = post(api.as_system(), said(), wrong, said("c3"))
    assert answer.status_code == status, answer.text
    (error,) = answer.json()["errors"]
    assert error["where"] == ["body", "items", 1]
    assert why in error["why"]
    assert n_rows(bank) == before


def test_an_advisor_answers_for_his_portfolio_alone(api: RunningApi, bank: PublishedBank) -> None:
    assert post(api.as_advisor("anna"), said("c2", kind="accepted")).status_code == 201
    answers = [post(api.as_advisor("anna"), said("c2"), said(who)) for who in ("c3", "c9")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    assert bank.rows("select count(*) from ops.feedback where actor_role = 'advisor'") == [(1,)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "dismissed"},
        {"kind": "rated"},
        {"kind": "rated", "rating": 6},
        {"kind": "clicked", "reason": "not_now"},
        {"kind": "bought"},
        {"occurred_at": "2026-01-01T00:00:00"},
        {"occurred_at": 0},
        {"occurred_at": "0001-01-01T00:00:00+12:00"},
        {"kind": "rated", "rating": "4"},
        {"product_id": "p1\x00"},
        {"note": "Ada Lovelace called"},
    ],
)
def test_what_does_not_fit_the_document_is_refused_without_its_values(api: RunningApi, wrong: dict[str, Any]) -> None:
    answer = post(api.as_system(), said(**wrong))
    assert answer.status_code == 422
    assert "Lovelace" not in answer.text


def test_a_call_without_idempotency_key_or_with_too_much_is_refused(api: RunningApi) -> None:
    client = api.as_system()
    assert client.post("/v1/feedback", json={"items": [said()]}).status_code == 422
    assert post(client, *[said()] * 1001).status_code == 422
    assert post(client).status_code == 422


def test_a_batch_of_a_thousand_is_taken(api: RunningApi) -> None:
    answer = post(api.as_system(), *[said(kind="shown")] * 1000)
    assert len(set(answer.json()["feedback_ids"])) == 1000
