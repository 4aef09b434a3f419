"""What customers ask for by themselves: filed without a key, carried out like every other request."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from tests.integration.published_bank import MONEY, PEOPLE, PublishedBank

from recsys.io.consents import customer_key_of
from recsys.io.filed_requests import OwnKind, OwnRequest, file_own_request, read_own_requests
from recsys.io.key_rotation import rotate_keys
from recsys.io.privacy_requests import list_requests
from recsys.io.runs import run_of
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import no_progress


@pytest.fixture
def bank(home: Settings, tmp_path: Path) -> PublishedBank:
    bank = PublishedBank(home, tmp_path)
    bank.take_in(customers=PEOPLE, transactions=MONEY)
    bank.publish()
    return bank


def file(bank: PublishedBank, customer_id: str = "c2", kind: OwnKind = "access") -> int:
    with bank.database.connect("api") as connection:
        return file_own_request(connection, customer_key_of(connection, customer_id), kind)


def own(bank: PublishedBank, customer_id: str = "c2") -> list[OwnRequest]:
    with bank.database.connect("api") as connection:
        return read_own_requests(connection, customer_key_of(connection, customer_id), "customer")


def carry_out(bank: PublishedBank, run_id: str) -> None:
    start_run(run_of(run_id, "", None, 5, "never"), bank.home)
    run_step("privacy_requests", run_id, bank.home)


def test_filed_request_has_its_deadline_at_once_and_says_nowhere_whose_it_is(bank: PublishedBank) -> None:
    number = file(bank)
    (request,) = own(bank)
    assert (request.request_id, request.kind, request.state) == (number, "access", "received")
    assert 28 <= (request.due_at - request.received_at).days <= 31
    assert own(bank, "c3") == []
    with bank.database.connect("officer") as connection:
        assert [(row["request_id"], row["requested_by"], row["channel"]) for row in list_requests(connection)] == [
            (number, "api", "web")
        ]
    assert bank.rows("select subject_hash, subject from ops.privacy_requests") == [(None, None)]


def test_who_asks_twice_has_asked_once_until_it_is_done(bank: PublishedBank) -> None:
    number = file(bank)
    assert file(bank) == number
    assert file(bank, kind="export") != number
    carry_out(bank, "requests")
    assert {request.state for request in own(bank)} == {"done"}
    assert file(bank) not in {request.request_id for request in own(bank)[1:]}


def test_step_makes_the_complete_copy_of_the_one_who_asked(bank: PublishedBank) -> None:
    number = file(bank)
    carry_out(bank, "requests")
    package = json.loads((bank.home.home / "privacy" / f"access-{number}.json").read_text())
    assert package["customer_ids"] == ["c2"]
    assert [row["request_id"] for row in package["places"]["ops.filed_requests"]["rows"]] == [number]


def test_request_of_who_was_erased_in_the_meantime_is_over(bank: PublishedBank) -> None:
    number = file(bank)
    bank.answer("privacy", "erase", "c2")
    assert bank.rows("select * from ops.filed_requests") == []
    carry_out(bank, "requests")
    assert bank.rows("select state, details ->> 'reason' from ops.privacy_requests where request_id = %s", number) == [
        ("refused", "nothing is held")
    ]


def test_request_that_was_filed_before_a_rotation_is_still_the_customers(bank: PublishedBank) -> None:
    number = file(bank)
    rotate_keys(bank.database, bank.home.home, ["pseudonym_key", "contact_key"], no_progress)
    assert [request.request_id for request in own(bank)] == [number]
    carry_out(bank, "requests")
    assert [request.state for request in own(bank)] == ["done"]


def test_customers_file_no_request_of_other_kinds(bank: PublishedBank) -> None:
    with bank.database.connect("api") as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("select ops.file_own_request(%s, 'erase')", [customer_key_of(connection, "c2")])
