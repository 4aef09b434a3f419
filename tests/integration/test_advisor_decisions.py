"""What an advisor decides about a list: in force at once, never beyond what the rules permit, and taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.api.served_bank import ServedBank
from tests.integration.marts_of_a_small_bank import customer_id, person_key

from recsys.errors import NotFoundError
from recsys.io import advisor_decisions
from recsys.io.advisor_decisions import AdvisorDecision, read_decisions, taken_off
from recsys.io.changes import read_changes
from recsys.io.privacy_requests import file_request, read_open_requests
from recsys.io.serving import read_answer, read_refusals
from recsys.privacy.requests import RequestKind
from recsys.ranking.advisor_words import REASONS, Reason
from recsys.settings import Settings
from recsys.steps.privacy_requests import carry_out
from recsys.types import no_progress

# Of anna, with a list of three and with products that rules refuse.
SOMEBODY = 17
BERTS = 23
TODAY = datetime.now(UTC).date()
UNTIL = TODAY + timedelta(days=30)


@pytest.fixture
def bank(home: Settings) -> ServedBank:
    return ServedBank(home)


def decide(bank: ServedBank, kind: str, product_id: str, number: int = SOMEBODY, **changes: Any) -> str | None:
    usual = {"advisor_id": "anna", "reason": "bad_timing", "until": UNTIL}
    with bank.database.connect("api") as connection:
        return advisor_decisions.decide(
            connection,
            bank.database.secrets,
            customer_id(number),
            kind=kind,
            product_id=product_id,
            **{**usual, **changes},
        )


def revoke(bank: ServedBank, decision_id: int, number: int = SOMEBODY, advisor_id: str = "anna") -> bool:
    with bank.database.connect("api") as connection:
        return advisor_decisions.revoke(connection, bank.database.secrets, customer_id(number), advisor_id, decision_id)


def decisions(bank: ServedBank, number: int = SOMEBODY) -> list[AdvisorDecision]:
    with bank.database.connect("api") as connection:
        return read_decisions(connection, customer_id(number))


def listed(bank: ServedBank, number: int = SOMEBODY) -> list[str]:
    return [product_id for _, product_id in bank.served(number)]


def refused(bank: ServedBank, number: int = SOMEBODY) -> set[str]:
    rows = bank.rows("select product_id from serving.refusals where customer_id = %s", customer_id(number))
    return {row[0] for row in rows}


def permitted_and_not_listed(bank: ServedBank, number: int) -> list[str]:
    """The bank ranks three products, and to some of its customers it may offer more."""
    sold = {row[0] for row in bank.rows("select product_id from serving.catalogue")}
    return sorted(sold - refused(bank, number) - set(listed(bank, number))) if listed(bank, number) else []


def test_product_that_is_taken_off_is_gone_at_once_and_the_others_stay(bank: ServedBank) -> None:
    first, *others = listed(bank)
    everybody = bank.rows("select customer_id, product_id from serving.recommendations")
    assert decide(bank, "taken_off", first) is None
    assert listed(bank) == others
    gone = set(everybody) - set(bank.rows("select customer_id, product_id from serving.recommendations"))
    assert gone == {(customer_id(SOMEBODY), first)}


def test_system_that_keeps_a_copy_hears_of_it(bank: ServedBank) -> None:
    decide(bank, "taken_off", listed(bank)[0])
    with bank.database.connect("api") as connection:
        page = read_changes(connection, 1, "", 100)
    assert page.changes == [(customer_id(SOMEBODY), "changed")]


def test_next_publication_does_not_bring_it_back(bank: ServedBank) -> None:
    first = listed(bank)[0]
    decide(bank, "taken_off", first)
    bank.publish()
    assert first not in listed(bank)


def test_it_is_back_on_the_day_after_the_last(bank: ServedBank) -> None:
    before = listed(bank)
    decide(bank, "taken_off", before[0], until=TODAY)
    assert before[0] not in listed(bank)
    bank.change("alter table ops.advisor_decisions disable trigger all")
    bank.change("update ops.advisor_decisions set until_date = current_date - 1")
    assert listed(bank) == before


def test_it_counts_for_every_customer_of_the_person(bank: ServedBank) -> None:
    statement = "update identity.customers set person_key = %s where customer_id = %s"
    bank.change(statement, person_key(SOMEBODY), customer_id(BERTS))
    bank.publish()
    first, *others = listed(bank, BERTS)
    assert decide(bank, "taken_off", first) is None
    assert listed(bank, BERTS) == listed(bank) == others


def test_who_may_hear_all_is_told_in_words_who_took_it_off_and_until_when(bank: ServedBank) -> None:
    first = listed(bank)[0]
    decide(bank, "taken_off", first, reason="customer_wish")
    with bank.database.connect("officer") as connection:
        refusals, decided = (
            read_refusals(connection, customer_id(SOMEBODY), "t"),
            taken_off(connection, customer_id(SOMEBODY)),
        )
    with bank.database.connect("downstream") as connection:
        answer = read_answer(connection, customer_id(SOMEBODY), first, refusals, decided)
        untold = read_answer(connection, customer_id(SOMEBODY), first, [], {}, hears_all=False)
    assert answer.outcome == "taken off"
    assert answer.lines() == [
        f"Permitted, and taken off the list by the advisor until {UNTIL}. The customer asked for it."
    ]
    assert untold.outcome == "not offered"


def test_no_advisor_suggests_what_a_rule_refuses(bank: ServedBank) -> None:
    for product_id in refused(bank) - {"old"}:
        assert decide(bank, "suggested", product_id) == "refused"
    assert decisions(bank) == []


def test_what_is_permitted_and_not_listed_may_be_suggested_once(bank: ServedBank) -> None:
    number = next(one for one in range(20) if permitted_and_not_listed(bank, one))
    product_id = permitted_and_not_listed(bank, number)[0]
    before = listed(bank, number)
    assert decide(bank, "suggested", product_id, number) is None
    assert decide(bank, "suggested", product_id, number) == "suggested_already"
    # It stands beside the list, which is the model's.
    assert listed(bank, number) == before
    assert [(one.kind, one.product_id, one.is_in_force) for one in decisions(bank, number)] == [
        ("suggested", product_id, True)
    ]


@pytest.mark.parametrize(
    ("kind", "product_id", "changes", "trouble"),
    [
        ("taken_off", "old", {}, "not_listed"),
        ("suggested", "old", {}, "not_sold"),
        ("suggested", "nothing", {}, "not_sold"),
        ("suggested", "fund", {"until": TODAY - timedelta(days=1)}, "until_when"),
        ("suggested", "fund", {"until": TODAY + timedelta(days=400)}, "until_when"),
    ],
)
def test_what_makes_no_sense_is_not_written(
    bank: ServedBank, kind: str, product_id: str, changes: dict[str, Any], trouble: str
) -> None:
    assert decide(bank, kind, product_id, **changes) == trouble
    assert bank.rows("select count(*) from ops.advisor_decisions") == [(0,)]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_that_has_words_is_taken(bank: ServedBank, reason: Reason) -> None:
    assert decide(bank, "taken_off", listed(bank)[0], reason=reason) is None


def test_what_is_on_the_list_needs_no_suggestion(bank: ServedBank) -> None:
    assert decide(bank, "suggested", listed(bank)[0]) == "listed"


def test_nothing_is_decided_about_whoever_may_be_shown_nothing(bank: ServedBank) -> None:
    first = listed(bank)[0]
    bank.suppress(SOMEBODY, "objected")
    assert decide(bank, "taken_off", first) == "nothing_shown"


def test_another_advisors_customer_is_nobody(bank: ServedBank) -> None:
    with pytest.raises(NotFoundError):
        decide(bank, "taken_off", listed(bank)[0], advisor_id="bert")
    decide(bank, "taken_off", listed(bank)[0])
    (decision,) = decisions(bank)
    with pytest.raises(NotFoundError):
        revoke(bank, decision.decision_id, advisor_id="bert")


def test_decision_that_is_revoked_stays_written_and_holds_no_more(bank: ServedBank) -> None:
    before = listed(bank)
    decide(bank, "taken_off", before[0])
    (decision,) = decisions(bank)
    assert revoke(bank, decision.decision_id)
    assert listed(bank) == before
    (decision,) = decisions(bank)
    assert not decision.is_in_force
    assert decision.revoked_at is not None
    assert not revoke(bank, decision.decision_id)
    assert decide(bank, "taken_off", before[0]) is None


def test_decision_about_one_customer_is_not_revoked_through_another(bank: ServedBank) -> None:
    decide(bank, "taken_off", listed(bank)[0])
    (decision,) = decisions(bank)
    assert not revoke(bank, decision.decision_id, number=SOMEBODY - 1)


@pytest.mark.parametrize(
    "statement",
    [
        "update ops.advisor_decisions set until_date = current_date",
        "delete from ops.advisor_decisions",
        "truncate ops.advisor_decisions",
    ],
)
def test_nobody_changes_what_was_decided(bank: ServedBank, statement: str) -> None:
    decide(bank, "taken_off", listed(bank)[0])
    with pytest.raises(psycopg.errors.RestrictViolation):
        bank.change(statement)


def test_erasure_takes_decisions_out_and_seals_them_for_the_duty_to_keep_advice(bank: ServedBank) -> None:
    decide(bank, "taken_off", listed(bank)[0])
    with bank.database.connect("officer") as connection:
        number = file_request(connection, bank.database.secrets, RequestKind.ERASE, customer_id(SOMEBODY))
        (request,) = read_open_requests(connection, bank.database.secrets, number)
        carry_out(bank.home, bank.database, connection, request, no_progress)
    assert bank.rows("select count(*) from ops.advisor_decisions") == [(0,)]
    sealed = "select n_rows from identity.restricted_rows where place = 'ops.advisor_decisions'"
    assert bank.rows(sealed) == [(1,)]
