"""The table of what products are for: it is complete, it agrees with the phrases, and it keeps what a bank must."""

from __future__ import annotations

import pytest

from recsys.explanation.needs import (
    all_needs,
    first_of,
    is_ever_told,
    is_popularity_told,
    may_name,
    needs_of,
    speaks_to,
)
from recsys.explanation.phrases import phrases_in
from recsys.explanation.reason import DECLARED, SPENDING, Reason
from recsys.explanation.wording import is_told
from recsys.feed.contract import CLIENT_NEEDS

CREDIT = {"credit", "home"}


def test_needs_of_the_table_are_those_of_the_contract() -> None:
    assert set(all_needs()) == set(CLIENT_NEEDS)


def test_needs_that_are_named_exist() -> None:
    named = {held for need in all_needs().values() for held in need.holds | need.never_holds}
    categories = ("account", "payment", "card", "savings", "loan", "leasing", "mortgage", "fund", "brokerage")
    named |= {need for category in (*categories, "retirement", "insurance") for need in needs_of(category, ())}
    assert named <= set(CLIENT_NEEDS)


def test_everything_that_the_table_tells_has_a_phrase() -> None:
    for name, need in all_needs().items():
        for topic, values in need.values.items():
            for value in values:
                band = (0.2, None, 0.75) if topic == SPENDING else (None, None, 0.0)
                assert is_told(Reason("x", topic, value, *band)), (name, topic, value)
        for topic in need.edges:
            assert is_told(Reason("x", topic, "", 40.0, 60.0, 0.75)), (name, topic)


def test_every_topic_with_phrases_is_told_of_some_product() -> None:
    of_needs = {topic for need in all_needs().values() for topic in (*need.values, *need.edges)}
    topics = {key.split(".")[1] for key in phrases_in("en") if key.startswith(("things.", "values."))}
    assert topics - of_needs == {"holds", "declared", "flag", "declared_band", "declared_days"}


def test_every_need_can_be_said() -> None:
    assert {key.removeprefix("meant.") for key in phrases_in("en") if key.startswith("meant.")} == set(CLIENT_NEEDS)


def test_first_of_a_products_needs_is_what_says_most_of_it() -> None:
    assert [first_of(needs) for needs in ({"credit", "home"}, {"everyday", "youth"}, {"crypto"})] == [
        "home",
        "youth",
        "",
    ]


def test_product_that_names_no_need_serves_those_of_its_category_and_of_an_unknown_one_none() -> None:
    assert needs_of("Mortgage", ()) == CREDIT
    assert needs_of("mortgage", ("travel",)) == {"travel"}
    assert needs_of("crypto", ()) == frozenset()


def test_debt_is_never_a_reason_for_credit() -> None:
    credits = [needs_of(category, ()) for category in ("loan", "leasing", "mortgage")]
    assert not any(may_name(needs, held) for needs in credits for held in credits)
    # What was saved for a home is.
    assert may_name(CREDIT, {"saving", "home"})


@pytest.mark.parametrize(
    "category", ["loan", "mortgage", "insurance", "card", "account", "savings", "retirement", "fund"]
)
def test_age_says_nothing_of(category: str) -> None:
    needs = needs_of(category, ())
    for low, high in ((None, 26.0), (26.0, 33.0), (51.0, 59.0), (67.0, None)):
        assert not speaks_to(needs, Reason("x", "age_years", "", low, high, 0.5, "years"))


@pytest.mark.parametrize(
    ("need", "reason", "told"),
    [
        ("youth", Reason("x", "age_years", "", None, 26.0), True),
        ("youth", Reason("x", "age_years", "", 26.0, 33.0), False),
        ("retirement", Reason("x", "age_years", "", 30.0, 36.0), False),
        ("preservation", Reason("x", "risk_tolerance", "2"), False),
        ("growth", Reason("x", "horizon_years", "", 16.0, None), True),
        ("growth", Reason("x", "horizon_years", "", None, 2.0), False),
        ("access", Reason("x", "horizon_years", "", 5.0, 7.0), False),
        ("term", Reason("x", "horizon_years", "", 5.0, 7.0), True),
        ("growth", Reason("x", "risk_tolerance", "2"), False),
        ("preservation", Reason("x", "risk_tolerance", "6"), False),
        ("growth", Reason("x", SPENDING, "groceries", 0.4, None, 0.9), False),
        ("travel", Reason("x", SPENDING, "travel", 0.4, None, 0.9), True),
        ("exclusive", Reason("x", "annual_income", "", 59_000.0, None, 0.8), True),
        ("everyday", Reason("x", "annual_income", "", 59_000.0, None, 0.8), False),
        # A bank's own column has a label because the bank wants it told.
        ("everyday", Reason("x", DECLARED, "often", label="saving habit"), True),
    ],
)
def test_fact_is_told_where_it_speaks_to_what_the_product_is_for(need: str, reason: Reason, told: bool) -> None:
    assert speaks_to({need}, reason) is told


def test_what_many_others_do_is_no_reason_for_credit_or_for_what_only_some_may_have() -> None:
    assert not any(is_popularity_told(needs_of(category, ())) for category in ("loan", "leasing", "mortgage"))
    assert not is_popularity_told({"youth"})
    assert is_popularity_told({"saving", "access"})
    assert is_popularity_told(frozenset())


def test_word_of_the_banks_that_the_table_does_not_have_speaks_of_nothing() -> None:
    assert not speaks_to({"crypto"}, Reason("x", "investment_goal", "wealth"))
    assert not may_name({"crypto"}, {"growth"})


def test_how_long_somebody_is_a_customer_is_never_told() -> None:
    assert not is_ever_told(Reason("x", "tenure_days", "", 730.0, None, 0.9, "days"))
    assert is_ever_told(Reason("x", "investment_goal", "home"))
