"""What `reporting` says of customers' answers, against what they answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.integration.marts_of_a_small_bank import (
    build_marts,
)
from tests.integration.marts_of_a_small_bank import person_key as key_of
from tests.integration.reported_bank import figures, publish

from recsys.io.feedback_counts import count_feedback
from recsys.io.postgres import Database
from recsys.settings import Settings


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    build_marts(database)
    publish(home, database, "first")
    return database


def answer(bank: Database, numbers: range, kind: str, product_id: str = "fund", **more: Any) -> None:
    given = {"rating": None, "channel": "app", "publication_id": 1, "position": 1, "reason": None, **more}
    with bank.connect("admin") as connection:
        for number in numbers:
            connection.execute(
                """
                insert into ops.feedback (
                    customer_key, product_id, kind, rating, reason, channel, publication_id, position, occurred_at,
                    actor_role, request_hash, body_hash, item
                )
                values (
                    %(key)s, %(product_id)s, %(kind)s, %(rating)s, %(reason)s, %(channel)s, %(publication_id)s,
                    %(position)s, %(at)s, 'system', gen_random_uuid(), gen_random_uuid(), 0
                )
                """,
                {"key": key_of(number), "product_id": product_id, "kind": kind, "at": datetime.now(UTC), **given},
            )


def count(bank: Database, within: timedelta = timedelta(0)) -> datetime | None:
    with bank.connect("api") as connection:
        return count_feedback(connection, within)


def test_conversion_is_of_those_who_were_shown_it_with_wilsons_interval(bank: Database) -> None:
    answer(bank, range(20), "shown")
    answer(bank, range(8), "clicked")
    answer(bank, range(8), "clicked")
    answer(bank, range(2), "dismissed", reason="not_now")
    # Who takes it in a branch, and was never noted as shown it, was shown it.
    answer(bank, range(15, 25), "accepted", channel="branch")
    answer(bank, range(4), "shown", product_id="card", position=2)
    count(bank)
    (row,) = figures(bank, "conversion")
    assert row["product_name"] == "Fund"
    assert (row["n_shown"], row["n_clicked"], row["n_dismissed"], row["n_accepted"]) == (25, 8, None, 10)
    assert row["click_share"] == pytest.approx(8 / 25)
    assert row["conversion"] == pytest.approx(0.4)
    # Wilson's interval of 10 among 25, as in Newcombe (1998).
    assert row["conversion_lower"] == pytest.approx(0.2340, abs=5e-5)
    assert row["conversion_upper"] == pytest.approx(0.5926, abs=5e-5)
    (place,) = figures(bank, "conversion_by_position")
    assert (place["position"], place["n_shown"], place["n_clicked"], place["n_accepted"]) == (1, 25, 8, 10)


def test_feedback_tells_answers_and_customers_and_leaves_out_what_few_said(bank: Database) -> None:
    answer(bank, range(6), "rated", rating=4)
    answer(bank, range(6), "rated", rating=1)
    answer(bank, range(4), "rated", rating=5, channel="web")
    answer(bank, range(5), "clicked", publication_id=None, position=None)
    count(bank)
    rows = figures(bank, "feedback")
    said = {(row["kind"], row["channel"], row["publication_id"]): row for row in rows}
    assert said.keys() == {("rated", "app", 1), ("clicked", "app", None)}
    rated = said["rated", "app", 1]
    assert (rated["n_answers"], rated["n_customers"], rated["mean_rating"]) == (12, 6, 2.5)


def test_counting_again_replaces_what_was_counted_but_not_too_often(bank: Database) -> None:
    assert count(bank) is None
    answer(bank, range(6), "shown")
    first = count(bank)
    answer(bank, range(6, 9), "shown")
    assert count(bank, timedelta(hours=1)) == first
    assert [row["n_shown"] for row in figures(bank, "conversion")] == [6]
    assert count(bank) != first
    assert [row["n_shown"] for row in figures(bank, "conversion")] == [9]


def test_publishing_counts_answers(home: Settings, bank: Database) -> None:
    answer(bank, range(6), "shown")
    publish(home, bank, "second")
    assert [(row["publication_id"], row["is_current"]) for row in figures(bank, "conversion")] == [(1, False)]
