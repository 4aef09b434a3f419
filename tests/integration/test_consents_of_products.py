"""What rests on a consent of its own: it goes when the consent is withdrawn, at once, and nothing else does."""

from __future__ import annotations

import pytest

from recsys.io.postgres import Database
from recsys.io.publications import roll_back
from recsys.settings import Settings
from recsys.steps.person_decisions import decide_consent

from .deciding_bank import join_persons, make_bank, person_of, publish, read
from .marts_of_a_small_bank import customer_id

# Allowed offers of partners, and is offered one: `cover`.
ALLOWING, ALSO_ALLOWING = 27, 15


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    return make_bank(home, database)


def products(bank: Database, number: int = ALLOWING) -> list[str]:
    return [row["product_id"] for row in read(bank, number)]


def decide(home: Settings, bank: Database, purpose: str, *, is_granted: bool, number: int = ALLOWING) -> None:
    decide_consent(bank, home, customer_id(number), purpose, is_granted=is_granted, channel="app")


def without_cover(shown: list[str]) -> list[str]:
    assert "cover" in shown
    return [product for product in shown if product != "cover"]


def test_consent_that_is_withdrawn_hides_at_once_what_rests_on_it_and_only_that(home: Settings, bank: Database) -> None:
    before, other = products(bank), products(bank, ALSO_ALLOWING)
    decide(home, bank, "marketing", is_granted=False)
    assert products(bank) == before
    decide(home, bank, "third_party", is_granted=False)
    assert products(bank) == without_cover(before)
    assert products(bank, ALSO_ALLOWING) == other
    decide(home, bank, "third_party", is_granted=True)
    assert products(bank) == before


def test_no_rollback_brings_back_what_rested_on_a_withdrawn_consent(home: Settings, bank: Database) -> None:
    before = products(bank)
    decide(home, bank, "third_party", is_granted=False)
    publish(home, bank, "second")
    with bank.connect("publisher") as connection:
        roll_back(connection, "somebody")
    assert products(bank) == without_cover(before)
    decide(home, bank, "third_party", is_granted=True)
    assert products(bank) == before, "what stands in the publication comes back with the consent"


def test_consent_given_later_shows_nothing_that_scoring_refused(home: Settings, bank: Database) -> None:
    decide(home, bank, "third_party", is_granted=False)
    publish(home, bank, "second")
    hidden = products(bank)
    decide(home, bank, "third_party", is_granted=True)
    assert products(bank) == hidden
    publish(home, bank, "third")
    assert "cover" in products(bank)


def test_refusal_in_a_feed_hides_too_until_a_later_word_of_the_person(home: Settings, bank: Database) -> None:
    before = products(bank)
    with bank.connect("ingest") as connection:
        connection.execute(
            """
            insert into raw.consents (customer_key, purpose, is_granted, recorded_at)
            select %s, 'Third_Party ', said.yes, '2026-03-01' from unnest(array[true, false]) as said (yes)
            """,
            [person_of(bank, ALLOWING)],
        )
    assert products(bank) == without_cover(before), "in a tie the refusal wins"
    decide(home, bank, "third_party", is_granted=True)
    assert products(bank) == before


@pytest.mark.parametrize(
    ("words", "is_shown"),
    [
        ([("marketing", False)], False),
        ([("marketing", False), ("marketing", True)], True),
        ([("marketing", False), ("marketing_email", True)], True),
        ([("marketing_email", False), ("marketing", True)], False),
        ([("marketing_sms", False)], True),
    ],
)
def test_refusal_of_all_marketing_hides_what_rests_on_a_channel_of_it(
    home: Settings, bank: Database, words: list[tuple[str, bool]], is_shown: bool
) -> None:
    with bank.connect("admin") as connection:
        connection.execute("update serving.products set consent_purpose = 'marketing_email' where product_id = 'cover'")
    for purpose, is_granted in words:
        decide(home, bank, purpose, is_granted=is_granted)
    assert ("cover" in products(bank)) == is_shown


def test_withdrawal_of_one_customer_hides_it_of_the_person_whom_a_merge_makes_and_a_split_frees_nobody(
    home: Settings, bank: Database
) -> None:
    decide(home, bank, "third_party", is_granted=False, number=ALSO_ALLOWING)
    assert "cover" in products(bank)
    join_persons(bank, ALSO_ALLOWING, ALLOWING)
    assert "cover" not in products(bank)
    join_persons(bank, ALSO_ALLOWING, ALSO_ALLOWING)
    assert "cover" in products(bank)
    join_persons(bank, ALSO_ALLOWING, ALLOWING)
    decide(home, bank, "third_party", is_granted=True)
    publish(home, bank, "second")
    decide(home, bank, "third_party", is_granted=False)
    join_persons(bank, ALSO_ALLOWING, ALSO_ALLOWING)
    decide(home, bank, "third_party", is_granted=True)
    assert ("cover" in products(bank), "cover" in products(bank, ALSO_ALLOWING)) == (True, False)
