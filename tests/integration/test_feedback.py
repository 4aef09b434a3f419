"""What customers answer: written once and for good, and of what they were shown."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any, get_args

import psycopg
import pytest
from tests.integration.published_bank import MONEY, PEOPLE, PublishedBank

from recsys.api.routes.feedback import Dismissed, Done, Rated, Rejected
from recsys.io.consents import customer_key_of
from recsys.io.feedback import Channel, KeyTakenError, NotedFeedback, Reason, give_feedback
from recsys.privacy.places import PLACE_BY_NAME
from recsys.settings import Settings

KEY = bytes(32)
KINDS = [
    kind for model in (Done, Dismissed, Rejected, Rated) for kind in get_args(model.model_fields["kind"].annotation)
]
NEVER_CHANGED = [
    "update ops.feedback set kind = 'clicked'",
    "update ops.feedback set customer_key = gen_random_uuid()",
    "delete from ops.feedback",
    "truncate ops.feedback",
]


@pytest.fixture
def bank(home: Settings, tmp_path: Path) -> PublishedBank:
    bank = PublishedBank(home, tmp_path)
    bank.take_in(customers=PEOPLE, transactions=MONEY)
    bank.publish()
    return bank


def said(customer_id: str = "c2", **changes: Any) -> dict[str, Any]:
    usual = {"customer_id": customer_id, "product_id": "p1", "kind": "clicked", "channel": "app", "publication_id": 1}
    return {**usual, "occurred_at": datetime.now(UTC).isoformat(), **changes}


def give(bank: PublishedBank, *items: dict[str, Any], caller: str = "crm", name: str = "call-1") -> list[NotedFeedback]:
    with bank.database.connect("api") as connection:
        return give_feedback(connection, items, role="system", caller=caller, idempotency_key=name, key=KEY)


def troubles(bank: PublishedBank, *items: dict[str, Any]) -> list[str | None]:
    return [noted.trouble for noted in give(bank, *items)]


def n_rows(bank: PublishedBank) -> int:
    return int(bank.rows("select count(*) from ops.feedback")[0][0])


def test_answer_is_kept_under_a_key_with_the_place_that_it_answers(bank: PublishedBank) -> None:
    (noted,) = give(bank, said("c2", kind="dismissed", reason="too_risky"))
    assert noted.trouble is None
    assert bank.rows(
        """
        select customers.customer_id, feedback.kind, reason, publication_id, position, actor_role, feedback_id
        from ops.feedback inner join identity.customers using (customer_key)
        """
    ) == [("c2", "dismissed", "too_risky", 1, 2, "system", noted.feedback_id)]


def test_all_of_a_call_is_written_or_nothing(bank: PublishedBank) -> None:
    assert troubles(bank, said("c2"), said("nobody"), said("c3")) == [None, "unknown_customer", None]
    assert n_rows(bank) == 0
    assert troubles(bank, said("c2"), said("c3")) == [None, None]
    assert n_rows(bank) == 2


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({"product_id": "p2"}, "not_in_publication"),
        ({"publication_id": 2}, "not_in_publication"),
        ({"occurred_at": "2020-01-01T00:00:00Z"}, "not_in_publication"),
        ({"position": 3}, "other_position"),
        ({"product_id": "p9", "publication_id": None}, "unknown_product"),
        ({"occurred_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}, "in_the_future"),
    ],
)
def test_what_was_not_shown_cannot_be_answered(bank: PublishedBank, changes: dict[str, Any], trouble: str) -> None:
    assert troubles(bank, said(**changes)) == [trouble]
    assert n_rows(bank) == 0


def test_product_that_was_not_recommended_is_answered_without_a_list(bank: PublishedBank) -> None:
    assert troubles(bank, said(publication_id=None, kind="accepted", occurred_at="2020-01-01T00:00:00Z")) == [None]


def test_call_that_is_repeated_has_the_same_answer_and_writes_nothing(bank: PublishedBank) -> None:
    item = said()
    assert give(bank, item) == give(bank, item)
    assert n_rows(bank) == 1
    # Of another caller the same idempotency key is another one.
    assert give(bank, item, caller="app") != give(bank, item)
    assert n_rows(bank) == 2


def test_idempotency_key_that_was_used_for_something_else_is_refused(bank: PublishedBank) -> None:
    give(bank, said())
    with pytest.raises(KeyTakenError):
        give(bank, said(kind="shown"))
    assert n_rows(bank) == 1


@pytest.mark.parametrize("statement", NEVER_CHANGED)
def test_nobody_changes_what_was_answered(bank: PublishedBank, statement: str) -> None:
    give(bank, said())
    with bank.database.connect("admin") as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement.encode())


def test_erasure_takes_a_person_s_answers_and_nobody_else_s(bank: PublishedBank) -> None:
    give(bank, said("c2"), said("c3"))
    bank.answer("privacy", "erase", "c2")
    assert bank.rows("select position from ops.feedback") == [(3,)]
    assert [noted.trouble for noted in give(bank, said("c2"), name="call-2")] == ["unknown_customer"]


def test_rotation_of_the_pseudonym_key_keeps_whose_answers_they_are(bank: PublishedBank) -> None:
    give(bank, said("c2"))
    bank.answer("keys", "rotate", "pseudonym")
    assert bank.rows("select customer_id from ops.feedback inner join identity.customers using (customer_key)") == [
        ("c2",)
    ]


def test_answers_go_when_their_period_is_over(bank: PublishedBank) -> None:
    give(bank, said("c2"))
    with bank.database.connect("admin") as connection:
        connection.execute("alter table ops.feedback disable trigger user")
        connection.execute("update ops.feedback set recorded_at = now() - interval '3 years'")
        connection.execute("alter table ops.feedback enable trigger user")
    with bank.database.connect("officer") as connection:
        days = PLACE_BY_NAME["ops.feedback"].keep_days
        row = connection.execute("select ops.delete_past_retention('r', 'ops.feedback', %s, 10)", [days]).fetchone()
    assert (row, n_rows(bank)) == ((1,), 0)


@pytest.mark.parametrize(
    ("column", "known"), [("kind", KINDS), ("reason", get_args(Reason)), ("channel", get_args(Channel))]
)
def test_database_and_application_know_the_same_words(bank: PublishedBank, column: str, known: Sequence[str]) -> None:
    (((rule,),)) = bank.rows(
        """
        select pg_get_constraintdef(oid) from pg_constraint
        where conrelid = 'ops.feedback'::regclass and conname = %s
        """,
        f"feedback_{column}_check",
    )
    assert {word for word in rule.split("'") if word.isidentifier() and word != column} == set(known)


def test_two_equal_calls_at_once_are_one(bank: PublishedBank) -> None:
    item, all_ready = said(), Barrier(4)

    def call(_: int) -> list[NotedFeedback]:
        all_ready.wait()
        return give(bank, item)

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(call, range(4))
    assert others == [first] * 3
    assert n_rows(bank) == 1


def test_answer_waits_while_the_key_under_which_it_would_stand_is_rotated(bank: PublishedBank) -> None:
    with bank.database.connect("officer") as rotating, bank.database.connect("api") as connection:
        rotating.execute("select identity.begin_key_work('pseudonym_key')")
        connection.execute("set lock_timeout = '200ms'")
        connection.commit()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            give_feedback(connection, [said()], role="system", caller="crm", idempotency_key="call", key=KEY)
        connection.rollback()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            customer_key_of(connection, "c2")
