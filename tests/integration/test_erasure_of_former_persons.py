"""Erasing somebody who was taken for one person with another, or is no customer any more, and being cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.errors import RecsysError
from recsys.io.postgres import Database
from recsys.io.privacy_requests import file_request, read_open_requests
from recsys.privacy.requests import RequestKind
from recsys.settings import Settings
from recsys.steps.privacy_requests import carry_out
from recsys.types import no_progress

from .published_bank import MONEY, PEOPLE, PublishedBank
from .test_erasure import erase

WITHOUT_C2 = {
    "customers": "".join(line for line in PEOPLE.splitlines(keepends=True) if not line.startswith("c2,")),
    "transactions": "".join(line for line in MONEY.splitlines(keepends=True) if ",c2," not in line),
}


@pytest.fixture
def bank(home: Settings, database: Database, tmp_path: Path) -> PublishedBank:
    """c1 and c4 are one person."""
    bank = PublishedBank(home, tmp_path)
    bank.take_in(customers=PEOPLE, transactions=MONEY)
    bank.publish()
    return bank


def split(bank: PublishedBank) -> None:
    assert bank.recsys("duplicates", "split", "c1", "c4").exit_code == 0
    bank.publish()


def request_erasure(bank: PublishedBank, customer_id: str) -> int:
    with bank.database.connect("officer") as connection:
        return file_request(connection, bank.database.secrets, RequestKind.ERASE, customer_id)


def carry_out_request(bank: PublishedBank, number: int) -> None:
    with bank.database.connect("officer") as connection:
        (request,) = read_open_requests(connection, bank.database.secrets, number)
        connection.commit()
        carry_out(bank.home, bank.database, connection, request, no_progress)


@pytest.mark.parametrize(("erased", "other"), [("c4", "c1"), ("c1", "c4")])
def test_who_was_split_from_the_person_goes_on_being_served(bank: PublishedBank, erased: str, other: str) -> None:
    merged = set(bank.rows("select person_key from identity.customers where customer_id in ('c1', 'c4')"))
    assert len(merged) == 1
    split(bank)
    assert {erased, other} <= {row[0] for row in bank.served()}
    served_to_others = [row for row in bank.served() if row[0] != erased]
    erase(bank.home, bank.database, erased)
    assert bank.served() == served_to_others
    assert bank.rows("select customer_id from identity.customers where customer_id in ('c1', 'c4')") == [(other,)]
    assert bank.rows("select count(*) from ops.suppressions") == [(0,)]
    # What was restricted is the erased person's, and the other's key stands for nobody but themselves.
    (key,) = bank.rows("select customer_key from identity.customers where customer_id = %s", other)
    assert bank.rows("select count(*) > 0 from serving.recommendation_rows where person_key = %s", *key) == [(True,)]


def test_the_terminal_says_what_was_deleted_and_what_was_sealed(bank: PublishedBank) -> None:
    lines = bank.recsys("privacy", "erase", "c2").output.splitlines()
    (header,) = [line for line in lines if line.startswith("table")]
    assert header.split() == ["table", "deleted", "sealed", "stays"]
    (row,) = [line.split() for line in lines if line.startswith("serving.recommendation_rows")]
    assert row == ["serving.recommendation_rows", "0", "1"]


def test_who_is_no_customer_any_more_is_erased_from_what_is_published(bank: PublishedBank) -> None:
    (key,) = bank.rows("select customer_key from identity.customers where customer_id = 'c2'")
    bank.take_in(**WITHOUT_C2)
    assert bank.rows("select count(*) from identity.customers where customer_id = 'c2'") == [(0,)]
    assert "c2" in {row[0] for row in bank.served()}
    erase(bank.home, bank.database, "c2")
    assert "c2" not in {row[0] for row in bank.served()}
    assert bank.rows("select count(*) from serving.recommendation_rows where person_key = %s", *key) == [(0,)]
    assert bank.rows("select count(*) from identity.published_customers where customer_id = 'c2'") == [(0,)]
    assert bank.rows("select count(*) from ops.suppressions") == [(0,)]


def test_an_erasure_cut_off_behind_its_tombstone_is_completed_after_the_next_load_forgot_the_person(
    bank: PublishedBank,
) -> None:
    keys = [key for (key,) in bank.rows("select customer_key from identity.customers where customer_id in ('c1','c4')")]
    assert len(keys) == 2
    policy = bank.home.home / "retention.toml"
    policy.write_text("this is no policy")
    number = request_erasure(bank, "c4")
    with pytest.raises(RecsysError):
        carry_out_request(bank, number)
    assert bank.rows("select count(*) from ops.tombstones") == [(2,)]
    # What was kept of the person is sealed.
    (sealed,) = bank.rows("select subject from ops.privacy_requests")
    assert b"Ada" not in bytes(sealed[0])
    policy.unlink()
    bank.take_in(customers=PEOPLE, transactions=MONEY)
    assert bank.rows("select customer_id from identity.customers order by 1") == [("c2",), ("c3",)]
    left = "select count(*) from serving.recommendation_rows where person_key = any(%s)"
    assert bank.rows(left, keys) == [(2,)]
    carry_out_request(bank, number)
    assert bank.rows(left, keys) == [(0,)]
    assert bank.rows("select count(*) from identity.published_customers where customer_id in ('c1', 'c4')") == [(0,)]
    assert bank.rows("select count(*) from ops.suppressions") == [(0,)]
    assert bank.rows("select subject, state from ops.privacy_requests") == [(None, "done")]


@pytest.mark.parametrize("kind", [RequestKind.ACCESS, RequestKind.EXPORT])
def test_a_package_for_who_was_the_same_person_then_goes_too(bank: PublishedBank, kind: RequestKind) -> None:
    with bank.database.connect("officer") as connection:
        numbers = [file_request(connection, bank.database.secrets, kind, one) for one in ("c1", "c2")]
    for number in numbers:
        carry_out_request(bank, number)
    split(bank)
    erase(bank.home, bank.database, "c4")
    left = {path.stem for path in (bank.home.home / "privacy").glob(f"{kind}-*")}
    assert left == {f"{kind}-{numbers[1]}"}
