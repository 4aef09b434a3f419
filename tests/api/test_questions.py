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


def test_advisor_answers_once_and_the_customer_reads_it_after_the_next_run(
    api: RunningApi, bank: PublishedBank
) -> None:
    customer, advisor = api.as_customer("c2"), api.as_advisor("anna")
    asked = customer.post(PATH, json={"text": WORDS}).json()["question_id"]
    path, said = f"{PATH}/{asked}/answer", {"text": "Grace Hopper may, ask for a second card."}
    too_early = advisor.post(path, json=said)
    assert (too_early.status_code, too_early.json()["type"].rpartition("/")[2]) == (409, "not-answerable")
    bank.take_in(customers=PEOPLE, transactions=MONEY)
    assert [client.post(path, json=said).status_code for client in (customer, api.as_system())] == [403, 403]
    assert api.as_advisor("bert").post(path, json=said).status_code == 404
    given = advisor.post(path, json=said)
    assert (given.status_code, given.json()["state"]) == (201, "answer_waiting")
    assert advisor.post(path, json=said).status_code == 409
    waiting = customer.get(PATH).json()["questions"][0]
    assert (waiting["state"], waiting["answer"]) == ("answer_waiting", None)
    bank.take_in(customers=PEOPLE, transactions=MONEY)
    answered = customer.get(PATH).json()["questions"][0]
    assert (answered["question_id"], answered["state"]) == (asked, "answered")
    assert answered["answer"].endswith(" may, ask for a second card.")
    assert "Hopper" not in answered["answer"]


@pytest.mark.parametrize("number", ["0", "-1", "abc", str(2**63)])
def test_what_is_no_number_of_a_question_is_refused(api: RunningApi, number: str) -> None:
    assert api.as_advisor("anna").post(f"{PATH}/{number}/answer", json={"text": "So."}).status_code == 422
