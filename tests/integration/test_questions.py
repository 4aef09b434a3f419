"""A question in the customer's own words: sealed, then without persons, then out of the inbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.published_bank import MONEY, PEOPLE, PublishedBank

from recsys.errors import NotFoundError
from recsys.io.consents import customer_key_of
from recsys.io.questions import ask_question, list_questions
from recsys.settings import Settings

WORDS = "Is the account of Grace Hopper safe? Write to grace@example.org."


@pytest.fixture
def bank(home: Settings, tmp_path: Path) -> PublishedBank:
    bank = PublishedBank(home, tmp_path)
    bank.take_in(customers=PEOPLE, transactions=MONEY)
    bank.publish()
    return bank


def ask(bank: PublishedBank, customer_id: str = "c2", product_id: str | None = "p1") -> int:
    with bank.database.connect("api") as connection:
        key = bank.database.secrets.key("landing_key")
        return ask_question(connection, customer_key_of(connection, customer_id), WORDS, product_id, key)[0]


def listed(bank: PublishedBank, customer_id: str = "c2") -> list[tuple[int, str | None, str | None]]:
    with bank.database.connect("api") as connection:
        found = list_questions(connection, customer_key_of(connection, customer_id), "customer")
    return [(row["question_id"], row["product_id"], row["question"]) for row in found]


def test_words_are_sealed_until_a_run_has_taken_out_who_is_named(bank: PublishedBank) -> None:
    number = ask(bank)
    assert listed(bank) == [(number, "p1", None)]
    ((sealed,),) = bank.rows("select payload from identity.question_inbox")
    assert b"Grace" not in sealed
    bank.take_in(customers=PEOPLE, transactions=MONEY)
    ((found, _, words),) = listed(bank)
    assert found == number
    assert words is not None
    assert words.startswith("Is the account of ")
    assert "Grace" not in words
    assert "grace@" not in words
    assert bank.rows("select * from identity.question_inbox") == []


def test_customers_see_their_own_questions_and_no_others(bank: PublishedBank) -> None:
    first, second = ask(bank), ask(bank, product_id=None)
    ask(bank, "c3")
    assert listed(bank) == [(second, None, None), (first, "p1", None)]


@pytest.mark.parametrize(("customer_id", "product_id"), [("nobody", "p1"), ("c2", "p9")])
def test_question_of_nobody_or_about_nothing_is_refused(bank: PublishedBank, customer_id: str, product_id: str) -> None:
    with pytest.raises(NotFoundError):
        ask(bank, customer_id, product_id)
    assert bank.rows("select * from ops.questions") == []


def test_person_gets_a_copy_of_what_waits_and_an_erasure_takes_it(bank: PublishedBank) -> None:
    ask(bank), ask(bank, "c3")
    bank.answer("privacy", "access", "c2")
    package = "".join(
        file.read_text() for file in bank.home.home.rglob("*") if file.is_file() and file.suffix in (".json", ".html")
    )
    assert WORDS in package
    bank.answer("privacy", "erase", "c2")
    for table in ("ops.questions", "identity.question_inbox"):
        assert len(bank.rows(f"select * from {table}")) == 1


def test_question_of_who_was_erased_in_the_meantime_is_not_passed_on(bank: PublishedBank) -> None:
    number = ask(bank)
    bank.answer("privacy", "erase", "c2")
    with bank.database.connect("ingest") as connection:
        row = connection.execute(
            "select identity.pass_on_questions('run', %s::bigint[], %s::text[])", [[number], ["words"]]
        ).fetchone()
    assert row == (0,)
    assert bank.rows("select * from ops.questions") == []
