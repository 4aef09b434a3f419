"""What customers are told covers everything that there is to be told, in every language."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from recsys.api.pages.customer.answer_words import dismissal_reasons, kinds_told
from recsys.api.pages.customer.privacy_words import consent_means
from recsys.api.pages.customer.product_words import Catalogued, asked_for, category_words, meant_for, purpose_title
from recsys.api.pages.customer.status_words import status_told
from recsys.api.pages.customer.why_words import refusals, why_told
from recsys.api.pages.languages import languages, words_in
from recsys.api.routes.consents import Purpose
from recsys.api.routes.recommendations import Status
from recsys.io.feedback import Kind, Reason
from recsys.ranking.advisor_words import TakenOff
from recsys.ranking.answer import Answer, Place, Refusing
from recsys.ranking.catalogue import Product
from recsys.ranking.rules.registry import RULES

TODAY = date(2026, 11, 30)
PLAIN = Product("account", "Account", "account")
# With every limit that a product can have.
LIMITED = Product(
    "plan",
    "Plan",
    "fund",
    risk_class=3,
    min_age=18,
    max_age=60,
    min_annual_income=20_000,
    min_horizon_years=1,
    min_knowledge_level=1,
    min_loss_capacity=2,
    countries=("DE", "FR"),
    target_segments=("private",),
    negative_segments=("student",),
    requires=("account", "gone"),
    excludes=("account",),
    max_in_category=2,
    cooling_off_days=90,
    consent_purpose="third_party",
    client_needs=("retirement",),
    launched_date=date(2026, 1, 1),
    withdrawn_date=date(2027, 1, 1),
)
CATALOGUE = Catalogued({"account": PLAIN, "plan": LIMITED}, "EUR")
ENGLISH = words_in("en")


def answer(*refusing: Refusing, product: Product = LIMITED, **changes: object) -> Answer:
    usual = {"n_offered": 4, "place": None, "withdrawn_date": None, "today": TODAY}
    return Answer(product, refusing=refusing, **{**usual, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("language", languages())
def test_every_rule_refuses_in_words_to_the_customer(language: str) -> None:
    told = refusals(words_in(language))
    assert {rule.name for rule in RULES} <= told.keys()
    assert {rule.name for rule in RULES if rule.unknown} == {rule.name for rule in RULES if told[rule.name][1]}


def test_every_limit_is_told_in_words() -> None:
    assert asked_for(ENGLISH, LIMITED, CATALOGUE) == [
        "You must be 18 years old or older.",
        "You must not be older than 60 years.",
        "You need a yearly income of at least €20,000.",
        "It is for residents of Germany or France.",
        "It is for this group of customers: private.",
        "It is not for this group of customers: student.",
        "You need to have Account or gone already.",
        "It cannot be had beside Account.",
        "You can have up to 2 products of this kind.",
        "It needs your consent: Products of our partners.",
        "It asks for knowledge and experience of at least 1 of 5.",
        "You must be able to bear losses: at least 2 of 5.",
        "It is meant for money that you can do without for 1 year or more.",
    ]
    assert asked_for(ENGLISH, LIMITED, CATALOGUE, "on_sale") == ["It is on sale from 1 January 2026 on."]
    assert asked_for(ENGLISH, PLAIN, CATALOGUE) == []


def test_refusals_come_in_the_order_of_the_rules_with_what_the_product_asks_for() -> None:
    told = why_told(
        ENGLISH, answer(Refusing("income", False), Refusing("age", True), Refusing("of before", False)), CATALOGUE
    )
    assert told.head == "It is not on your list, because:"
    assert told.lines == [
        "We do not know your age. You must be 18 years old or older. You must not be older than 60 years.",
        "Your income is too low for it. You need a yearly income of at least €20,000.",
        "A rule of the bank does not permit it.",
    ]


@pytest.mark.parametrize(
    ("changes", "head"),
    [
        ({"place": Place(2, 0.5, ["You are saving for a home"], "en")}, "It is on your list, at place 2 of 4."),
        ({"withdrawn_date": TODAY}, "It is not sold any more."),
        (
            {"taken_off": TakenOff("bad_timing", date(2027, 1, 2))},
            "Your advisor took it off your list until 2 January 2027. Ask if you want to know more.",
        ),
        ({}, "You may have it. It is not on your list because other products fit you better."),
    ],
)
def test_every_outcome_has_its_own_words(changes: dict[str, object], head: str) -> None:
    assert why_told(ENGLISH, answer(**changes), CATALOGUE).head == head


def test_reasons_are_told_in_the_customers_language_and_no_score_is() -> None:
    told = why_told(words_in("de"), answer(place=Place(1, 0.482, ["You are saving for a home"], "en")), CATALOGUE)
    assert (told.lines, told.language) == (["Because you are saving for a home."], "en")
    assert "0" not in told.head


def test_what_it_is_for_is_told_where_there_are_phrases() -> None:
    assert meant_for(ENGLISH, LIMITED) == ["made for retirement"]
    assert meant_for(words_in("de"), LIMITED) == ["gedacht für den Ruhestand"]


def test_categories_of_a_bank_of_its_own_stay_as_it_calls_them() -> None:
    assert category_words(words_in("de"), "Fund") == "Fonds"
    assert category_words(words_in("de"), "crypto") == "crypto"


@pytest.mark.parametrize("language", languages())
def test_codes_have_words(language: str) -> None:
    words = words_in(language)
    assert set(dismissal_reasons(words)) == set(get_args(Reason))
    assert set(kinds_told(words)) == set(get_args(Kind))
    for serves in ("popular", "nothing"):
        assert set(consent_means(words, serves)) == set(get_args(Purpose))
    assert all(purpose_title(words, purpose) != purpose for purpose in get_args(Purpose))


def test_every_status_has_words_of_its_own() -> None:
    reasons = [status for status in Status if status not in (Status.SERVED, Status.NOTHING_TO_SHOW)]
    heads = {status_told(ENGLISH, status, "popular").head for status in reasons}
    assert len(heads) == len(reasons)
    instead = {status_told(ENGLISH, Status.OBJECTED, serves).text for serves in ("popular", "nothing")}
    assert len(instead) == 2
