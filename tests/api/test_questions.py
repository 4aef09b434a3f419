"""Questions through the API: sealed, listed to who asked, and passed on without names."""

from __future__ import annotations

import pytest
from tests.api.running_api import RunningApi
from tests.integration.published_bank import MONEY, PEOPLE, PublishedBank

PATH = "/v1/customers/c2/questions"
WORDS = "May Grace Hopper use it, too?"


def test_question_waits_sealed_and_is_passed_on_by_the_next_run(api: RunningApi, bank: PublishedBank) -> None:
    client = api.as_customer("c2")
    asked = client.post(PATH, json={"text": WORDS, "product_id": "p1"})
    assert (asked.status_code, asked.json()["state"], asked.json()["text"]) == (201, "waiting", None)
    assert client.get(PATH).json() == {"questions": [asked.json()]}
    assert all(b"Hopper" not in payload for (payload,) in bank.rows("select payload from identity.question_inbox"))
    bank.take_in(customers=PEOPLE, transactions=MONEY)
    (question,) = client.get(PATH).json()["questions"]
    assert question["state"] == "passed_on"
    assert question["text"].startswith("May ")
    assert "Hopper" not in question["text"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "a" * 2001}, 422),
        ({"text": "a\x00b"}, 422),
        ({"text": "Why?", "product_id": "p9"}, 404),
        ({"text": "Why?", "mood": "curious"}, 422),
    ],
)
def test_what_is_no_question_is_refused(api: RunningApi, body: dict[str, str], status: int) -> None:
    assert api.as_customer("c3").post("/v1/customers/c3/questions", json=body).status_code == status
    assert api.as_customer("c3").get("/v1/customers/c3/questions").json() == {"questions": []}
