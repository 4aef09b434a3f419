"""A demo bank whose customers have looked at their lists and answered: what pages show of a bank at work."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.api.running_api import RunningApi

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
