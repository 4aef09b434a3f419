from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recsys.documents import as_markdown
from recsys.errors import NotFoundError, RunError
from recsys.governance.decision_record import Contribution, DecisionRecord, Reckoning, Verdict, build_record
from recsys.governance.suitability import Investment, build_statement

RECORD = DecisionRecord(
    customer_id="C1",
    product_id="fund",
    product_name="Bond Fund",
    publication={"publication_id": 4, "as_of": "2026-10-31", "model_version": "2"},
    is_profiled=True,
    reckoning=Reckoning(1.25, 2, 1.25, 2),
    features={
        "answered_date": "2026-01-31",
        "investment_goal": "retirement",
        "horizon_years": 12.0,
        "risk_tolerance": 4.0,
        "knowledge_level": 3.0,
        "loss_capacity": None,
    },
    verdicts=(
        Verdict("risk", "passed", {"risk_tolerance": 4.0}, {"risk_class": 3}, "MiFID II art. 25(2)"),
        Verdict("income", "no limit", {"annual_income": None}, {"min_annual_income": None}, "the bank's own policy"),
    ),
    reasons=("You are saving for your retirement", "You plan 5 to 10 years ahead"),
    language="en",
    base=0.5,
    contributions=(Contribution("investment_goal", "retirement", 0.75),),
)
FUND = Investment("Bond Fund", "Government bonds.", 3, 5, 2, None, 12.5, "EUR")


def stated(record: DecisionRecord = RECORD, **changes: Any) -> str:
    return as_markdown(build_statement(record, replace(FUND, **changes), 730))


@pytest.mark.parametrize(
    ("reckoning", "agrees"),
    [
        (Reckoning(1.0, 1, 1.000009, 1), True),
        (Reckoning(1.0, 1, 1.00002, 1), False),
        (Reckoning(1000.0, 1, 1000.009, 1), True),
        (Reckoning(1.0, 1, 1.0, 2), False),
        (Reckoning(None, None, None, None), True),
        (Reckoning(None, None, 1.0, 1), False),
    ],
)
def test_what_is_computed_again_agrees_in_rank_exactly_and_in_score_to_five_digits(
    reckoning: Reckoning, agrees: bool
) -> None:
    assert reckoning.agrees is agrees


def test_record_says_what_was_decided_on_what_and_from_where() -> None:
    text = as_markdown(build_record(RECORD))
    for said in (
        "recommended, rank 2, score 1.2500",
        "rank 2, score 1.2500: the same",
        "| `risk` | passed | risk_tolerance 4 | risk_class 3 | MiFID II art. 25(2) |",
        "| `base` | what holds without any of these | +0.5000 |",
        "| `investment_goal` | retirement | +0.7500 |",
        "| `loss_capacity` | unknown |",
        "no limit of these rules: income.",
        "**model version**: 2",
        "Because you are saving for your retirement and plan 5 to 10 years ahead.",
    ):
        assert said in text


def test_record_of_a_refused_product_names_the_rules_and_what_is_unknown() -> None:
    verdicts = (
        replace(RECORD.verdicts[0], answer="refused"),
        replace(RECORD.verdicts[1], answer="unknown"),
    )
    refused = replace(RECORD, verdicts=verdicts, reckoning=Reckoning(None, None, None, None), reasons=())
    assert not refused.is_permitted
    assert "not offered: risk, income (unknown)" in as_markdown(build_record(refused))


def test_record_that_does_not_come_out_again_says_so() -> None:
    assert "NOT the same" in as_markdown(build_record(replace(RECORD, reckoning=Reckoning(1.0, 1, 2.0, 1))))


def test_statement_sets_what_the_customer_told_against_what_the_product_asks_for() -> None:
    text = stated()
    for said in (
        "| Your objective | retirement | any |",
        "| Time until you need the money | 12 years | at least 5 years |",
        "| Risk that you accept | 4 out of 7 | at least 3 out of 7 |",
        "| Loss that you can bear | not told | any |",
        "| Knowledge and experience | 3 out of 5 | at least 2 out of 5 |",
        "Its yearly fee is 12.50 EUR.",
        "told us on 2026-01-31, which counts until 2028-01-31",
        "Because you are saving for your retirement and plan 5 to 10 years ahead.",
    ):
        assert said in text


def test_statement_says_that_costs_are_not_stated() -> None:
    assert "stated no yearly fee" in stated(annual_fee=None)
    assert "It has no yearly fee." in stated(annual_fee=0.0)


def test_there_is_no_statement_for_what_is_no_investment_was_not_recommended_or_does_not_come_out_again() -> None:
    with pytest.raises(RunError, match="no investment"):
        stated(risk_class=None)
    with pytest.raises(NotFoundError, match="was not recommended"):
        stated(replace(RECORD, reckoning=Reckoning(None, None, None, None)))
    with pytest.raises(RunError, match="cannot be computed again"):
        stated(replace(RECORD, reckoning=Reckoning(1.0, 1, 1.1, 1)))
