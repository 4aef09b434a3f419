from __future__ import annotations

from datetime import date
from typing import Any

from recsys.ranking.advisor_words import TakenOff
from recsys.ranking.answer import Answer, Outcome, Place, Refusing, refusals_in_words

from .bank import product

TODAY = date(2026, 7, 1)
LOAN = product("loan", category="loan", min_annual_income=30_000.0)


def answer(**facts: Any) -> Answer:
    known: dict[str, Any] = {"place": None, "refusing": (), "withdrawn_date": None, "today": TODAY}
    return Answer(LOAN, 5, **(known | facts))


def test_product_on_the_list_is_told_with_its_place_and_reasons() -> None:
    found = answer(
        place=Place(2, 0.73449, ["You already have our Everyday Account", "You already have our Debit Card"], "en")
    )
    assert found.outcome is Outcome.OFFERED
    assert found.lines() == [
        "Permitted, and ranked 2 of 5 with the score 0.734.",
        "Because you already have our Everyday Account and Debit Card.",
    ]
    german = answer(place=Place(1, 1.0, ["Sie besitzen Girokonto"], "de"))
    assert german.lines()[1] == "Wir zeigen Ihnen dies, denn Sie besitzen Girokonto."
    assert len(answer(place=Place(1, 1.0, [], "en")).lines()) == 1


def test_refused_product_is_told_with_its_own_limit_and_what_is_not_known() -> None:
    below = answer(refusing=[Refusing("income", is_unknown=False)])
    assert below.lines() == [
        "Not offered, since a rule refuses it:",
        "income: The customer's income is below its minimum. It asks for a yearly income of at least 30,000.",
    ]
    unknown = answer(refusing=[Refusing("income", is_unknown=True), Refusing("status", is_unknown=False)])
    assert unknown.lines() == [
        "Not offered, since rules refuse it:",
        "status: The customer is not active.",
        "income: The customer's income is not known. It asks for a yearly income of at least 30,000.",
    ]
    assert [one["is_unknown"] for one in unknown.to_json()["refused_by"]] == [True, False]  # type: ignore[union-attr,index,call-overload]


def test_limit_that_several_rules_look_at_is_told_once() -> None:
    fund = product("fund", risk_class=5, min_horizon_years=3)
    refusing = [Refusing(rule, is_unknown=True) for rule in ("questionnaire", "risk")]
    assert refusals_in_words(fund, refusing) == [
        ("risk", "The risk that the customer tolerates is not known. Its risk class is 5 of 7."),
        (
            "questionnaire",
            "The customer has not answered about risk and knowledge. It asks for a horizon of at least 3 years.",
        ),
    ]


def test_permitted_product_below_the_list_is_not_called_refused() -> None:
    assert answer().outcome is Outcome.BELOW
    assert answer().lines() == ["Permitted, but not on the list: 5 other products were ranked before it."]


def test_product_that_was_withdrawn_since_is_told_as_that_from_its_day_on() -> None:
    assert answer(withdrawn_date=TODAY).outcome is Outcome.WITHDRAWN
    assert answer(withdrawn_date=date(2026, 7, 2)).outcome is Outcome.BELOW
    refused = answer(withdrawn_date=TODAY, refusing=[Refusing("status", is_unknown=False)])
    assert refused.outcome is Outcome.REFUSED


def test_product_that_an_advisor_took_off_is_told_with_the_reason_but_not_where_a_rule_refuses_it() -> None:
    off = TakenOff("customer_wish", date(2026, 8, 1))
    found = answer(taken_off=off)
    assert found.outcome is Outcome.TAKEN_OFF
    assert found.lines() == [
        "Permitted, and taken off the list by the advisor until 2026-08-01. The customer asked for it."
    ]
    assert answer(taken_off=off, refusing=[Refusing("status", is_unknown=False)]).outcome is Outcome.REFUSED
