"""A demo bank whose customers have looked at their lists and answered: what pages show of a bank at work."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.api.running_api import RunningApi
from tests.pages.running_pages import RunningPages

from recsys.io.accounts import Account
from recsys.io.postgres import open_database

_SEED = 7
_REASONS = ("not_interested", "not_now", "too_expensive")
_BATCH = 1_000
# Of a hundred lists that were seen; later places are looked at less.
_CLICKED, _RATED, _APPLIED, _ACCEPTED, _DISMISSED = 0.22, 0.06, 0.05, 0.03, 0.08


def live_in(api: RunningApi) -> None:
    """Half of the customers see their list, and some of them answer, by the REST API as an app would send it."""
    with open_database(api.settings).connect("downstream") as connection:
        rows = connection.execute(
            """
            select customer_id, product_id, rank, publication_id, is_personalised
            from serving.recommendations order by customer_id, rank
            """
        ).fetchall()
    answers = list(_answers(rows, random.Random(_SEED)))
    with api.as_system() as crm:
        for number, start in enumerate(range(0, len(answers), _BATCH)):
            crm.post(
                "/v1/feedback",
                json={"items": answers[start : start + _BATCH]},
                headers={"Idempotency-Key": f"lived-in-{number}"},
            ).raise_for_status()


def ask(pages: RunningPages) -> int:
    """The customer of the pictures asks about the first product of the list; the question's number."""
    customer_id = pages.people.customer.name
    with pages.as_account(pages.people.customer) as app:
        first = app.get(f"/v1/customers/{customer_id}/recommendations").json()["items"][0]
        asked = app.post(
            f"/v1/customers/{customer_id}/questions",
            json={"text": "Can I cancel it at any time, and what does that cost?", "product_id": first["product_id"]},
        )
        return int(asked.raise_for_status().json()["question_id"])


def answer(pages: RunningPages, question_id: int) -> None:
    """The advisor answers on the customer's page."""
    customer_id = pages.people.customer.name
    text = "Yes, to the end of every month, and it costs nothing. You can do it in the app or call me."
    sent = pages.signed_in_as(pages.people.advisor).send(
        f"/advisor/customers/{customer_id}/questions/{question_id}/answer", text=text
    )
    _check(sent.status_code, sent.text)


def talk(pages: RunningPages) -> None:
    """The advisor has talked to the customer of the pictures, who takes the second product and rates the first."""
    customer_id = pages.people.customer.name
    with pages.as_account(pages.people.customer) as app:
        listed = app.get(f"/v1/customers/{customer_id}/recommendations").json()
    given = {
        "customer_id": customer_id,
        "occurred_at": datetime.now(UTC).isoformat(),
        "answers": {"publication_id": listed["publication_id"]},
    }
    first, second = (item["product_id"] for item in listed["items"][:2])
    _note(pages, pages.people.customer, given | {"product_id": first, "channel": "app", "kind": "rated", "rating": 4})
    _note(pages, pages.people.advisor, given | {"product_id": second, "channel": "phone", "kind": "applied"})


def _note(pages: RunningPages, account: Account, item: dict[str, Any]) -> None:
    with pages.as_account(account) as app:
        sent = app.post("/v1/feedback", json={"items": [item]}, headers={"Idempotency-Key": f"talk-{item['kind']}"})
        _check(sent.status_code, sent.text)


def _check(status: int, text: str) -> None:
    if status >= 400:
        raise SystemExit(f"What was sent was answered with {status}: {text[:500]}")


def _answers(rows: Sequence[tuple[Any, ...]], chance: random.Random) -> Iterator[dict[str, Any]]:
    looks: dict[str, bool] = {}
    for customer_id, product_id, rank, publication_id, is_personalised in rows:
        if not looks.setdefault(customer_id, chance.random() < 0.5):
            continue
        answer = {
            "customer_id": customer_id,
            "product_id": product_id,
            "channel": chance.choice(["app", "app", "web"]),
            "answers": {"publication_id": publication_id, "position": rank} if is_personalised else None,
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        yield answer | {"kind": "shown"}
        attention = 1 / rank**0.5
        if chance.random() < _CLICKED * attention:
            yield answer | {"kind": "clicked"}
        if chance.random() < _RATED * attention:
            yield answer | {"kind": "rated", "rating": chance.choice([2, 3, 4, 4, 5])}
        if chance.random() < _APPLIED * attention:
            yield answer | {"kind": "applied"}
        if chance.random() < _ACCEPTED * attention:
            yield answer | {"kind": "accepted"}
        elif chance.random() < _DISMISSED * attention:
            yield answer | {
                "kind": "dismissed",
                "reason": chance.choice(_REASONS),
            }
