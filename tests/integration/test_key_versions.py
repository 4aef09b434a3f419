"""Which versions of a key there are, which may go, and who may make one."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from recsys.io.identity import read_contacts
from recsys.io.secrets import read_secrets
from recsys.settings import Settings

from .published_bank import BAD, MONEY, PEOPLE, PublishedBank


@pytest.fixture
def bank(home: Settings, tmp_path: Path) -> PublishedBank:
    bank = PublishedBank(home, tmp_path)
    bank.take_in(customers=PEOPLE + BAD, transactions=MONEY)
    bank.answer("duplicates", "split", "c1", "c4")
    bank.publish()
    return bank


def in_force(bank: PublishedBank) -> dict[str, int]:
    return {row["key_name"]: row["version"] for row in bank.answer("keys", "list") if row["is_in_force"]}


@pytest.mark.parametrize(
    ("key", "reason"), [("tombstone", "found again for ever"), ("landing", "live for one run"), ("door", "no such key")]
)
def test_key_that_does_not_rotate_is_refused_with_the_reason(bank: PublishedBank, key: str, reason: str) -> None:
    result = bank.recsys("keys", "rotate", key)
    assert result.exit_code == 1
    assert reason in result.stderr


def test_old_version_is_retired_once_nothing_is_sealed_with_it(bank: PublishedBank) -> None:
    assert bank.answer("keys", "retire", "contact") == {"contact_key": []}
    [(sealed,)] = bank.rows("select contact from identity.customers where customer_id = 'c1'")
    bank.answer("keys", "rotate", "contact")
    # As if a process with the old version had come late.
    [(fresh,)] = bank.rows(
        """
        with before as (select contact from identity.customers where customer_id = 'c1')
        update identity.customers set contact = %s where customer_id = 'c1'
        returning (select contact from before)
        """,
        sealed,
    )
    result = bank.recsys("keys", "retire", "contact")
    assert result.exit_code == 1
    assert "1 in identity.customers" in result.stderr
    assert "contact_key" in read_secrets(bank.home.home).values
    with bank.database.connect("admin") as connection:
        contacts = [
            one for batch in read_contacts(connection, bank.database.secrets.key("contact_key")) for one in batch
        ]
    assert len(contacts) == 4
    bank.rows("update identity.customers set contact = %s where customer_id = 'c1' returning 1", fresh)
    assert bank.answer("keys", "retire", "contact") == {"contact_key": [1]}
    assert "contact_key" not in read_secrets(bank.home.home).values
    bank.take_in(customers=PEOPLE + BAD, transactions=MONEY)
    bank.answer("keys", "rotate", "contact")
    assert in_force(bank)["contact_key"] == 3


def test_versions_that_pseudonyms_are_made_through_are_never_retired(bank: PublishedBank) -> None:
    bank.answer("keys", "rotate", "pseudonym")
    result = bank.recsys("keys", "retire", "pseudonym")
    assert result.exit_code == 1
    assert "made by all of them in turn" in result.stderr


def test_list_shows_versions_and_no_key(bank: PublishedBank) -> None:
    bank.answer("keys", "rotate")
    shown = bank.recsys("keys", "list").stdout
    assert "quarantine_key  " in shown
    assert "in force" in shown
    assert not [value for name, value in read_secrets(bank.home.home).values.items() if value in shown], (
        "a key is shown"
    )


def test_key_of_the_environment_wants_its_next_version_there(
    bank: PublishedBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = read_secrets(bank.home.home).values
    monkeypatch.setenv("RECSYS_SECRET_PSEUDONYM_KEY", stored["pseudonym_key"])
    result = bank.recsys("keys", "rotate", "pseudonym")
    assert result.exit_code == 1
    assert "RECSYS_SECRET_PSEUDONYM_KEY_V2" in result.stderr
    monkeypatch.setenv("RECSYS_SECRET_PSEUDONYM_KEY_V2", "ab" * 32)
    served = bank.served()
    bank.answer("keys", "rotate", "pseudonym")
    assert bank.served() == served
    assert "pseudonym_key_v2" not in (bank.home.home / "secrets.json").read_text()


def test_only_the_officer_rotates(bank: PublishedBank) -> None:
    for role in ("ingest", "engineer", "transform", "training", "publisher", "downstream"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bank.rows("select identity.begin_key_work('pseudonym_key')", role=role)
    for query in ("select * from identity.key_changes", "select * from identity.resealed_values"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bank.rows(query, role="officer")
    with pytest.raises(psycopg.errors.RaiseException, match="not the next version"):
        bank.rows("select identity.put_key_in_force('pseudonym_key', 5, 'me', '{}')", role="officer")
