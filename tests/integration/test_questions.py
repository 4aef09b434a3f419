"""Question and answer in somebody's own words: sealed, then without persons, then out of the inbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.published_bank import MONEY, PEOPLE, PublishedBank

from recsys.errors import NotFoundError
from recsys.io.consents import customer_key_of
from recsys.io.questions import NotAnswerableError, answer_question, ask_question, list_questions
from recsys.settings import Settings

ANSWER = "It is, dear Grace Hopper. Call me at +43 664 1234567."
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


def answer(bank: PublishedBank, number: int, customer_id: str = "c2") -> None:
    with bank.database.connect("api") as connection:
        key, sealing = customer_key_of(connection, customer_id), bank.database.secrets.key("landing_key")
        answer_question(connection, key, number, ANSWER, role="advisor", asked_by="anna", key=sealing)


def states(bank: PublishedBank, customer_id: str = "c2") -> list[tuple[str, str | None]]:
    with bank.database.connect("api") as connection:
        found = list_questions(connection, customer_key_of(connection, customer_id), "customer")
    return [(row["state"], row["answer"]) for row in found]


def pass_on(bank: PublishedBank) -> None:
    bank.take_in(customers=PEOPLE, transactions=MONEY)


def test_answer_is_sealed_until_a_run_has_taken_out_who_is_named(bank: PublishedBank) -> None:
    number = ask(bank)
    assert states(bank) == [("waiting", None)]
    pass_on(bank)
    assert states(bank) == [("passed_on", None)]
    answer(bank, number)
    assert states(bank) == [("answer_waiting", None)]
    ((sealed,),) = bank.rows("select payload from identity.answer_inbox")
    assert b"Grace" not in sealed
    pass_on(bank)
    ((state, words),) = states(bank)
    assert state == "answered"
    assert words is not None
    assert words.startswith("It is, dear ")
    assert "Hopper" not in words
    assert "1234567" not in words
    assert bank.rows("select * from identity.answer_inbox") == []
    assert bank.rows(
        "select answered_by_role, details ->> 'asked_by' from ops.questions, ops.audit_log"
        " where action = 'answer_question'"
    ) == [("advisor", "anna")]


def test_question_is_answered_once_and_not_before_it_can_be_read(bank: PublishedBank) -> None:
    number = ask(bank)
    with pytest.raises(NotAnswerableError, match="nobody has read it"):
        answer(bank, number)
    pass_on(bank)
    answer(bank, number)
    with pytest.raises(NotAnswerableError, match="has an answer"):
        answer(bank, number)
    pass_on(bank)
    with pytest.raises(NotAnswerableError, match="has an answer"):
        answer(bank, number)


def test_question_of_another_customer_is_not_answered(bank: PublishedBank) -> None:
    number = ask(bank)
    pass_on(bank)
    with pytest.raises(NotFoundError):
        answer(bank, number, "c3")
    assert states(bank) == [("passed_on", None)]


def test_words_that_went_by_age_wait_no_more(bank: PublishedBank) -> None:
    number = ask(bank)
    pass_on(bank)
    answer(bank, number)
    ask(bank)
    with bank.database.connect("admin") as connection:
        connection.execute("delete from identity.question_inbox")
        connection.execute("delete from identity.answer_inbox")
    assert states(bank) == [("expired", None), ("passed_on", None)]
    answer(bank, number)
    assert states(bank)[1] == ("answer_waiting", None)


def test_answer_that_waits_is_in_the_copy_of_the_person_and_goes_with_an_erasure(bank: PublishedBank) -> None:
    number = ask(bank)
    pass_on(bank)
    answer(bank, number)
    bank.answer("privacy", "access", "c2")
    package = "".join(file.read_text() for file in bank.home.home.rglob("access-*.json"))
    assert ANSWER in package
    bank.answer("privacy", "erase", "c2")
    for table in ("ops.questions", "identity.answer_inbox"):
        assert bank.rows(f"select * from {table}") == []


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
