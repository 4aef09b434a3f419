"""What advisors read about rules is what the rules say."""

from __future__ import annotations

from datetime import date

import pytest

from recsys.api.pages.advisor.rule_words import limit_sentences, limits_told, refusals_told, rules_told
from recsys.api.pages.advisor.words import band, decision_reasons, years
from recsys.api.pages.languages import languages, words_in
from recsys.ranking.advisor_words import REASONS
from recsys.ranking.answer import Refusing
from recsys.ranking.catalogue import Product
from recsys.ranking.rule_words import sentence_of
from recsys.ranking.rules.registry import RULES

ENGLISH, GERMAN = words_in("en"), words_in("de")
FUND = Product(
    "fund", "Fund", "fund", risk_class=4, min_horizon_years=3, countries=("AT", "DE"), min_annual_income=30_000
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_says_on_the_page_what_it_says_elsewhere(rule: object) -> None:
    name = rule.name  # type: ignore[attr-defined]
    known, unknown = rules_told(ENGLISH)[name]
    assert known == sentence_of(name, is_unknown=False)
    assert (unknown or known) == sentence_of(name, is_unknown=True)


@pytest.mark.parametrize("language", languages())
def test_every_limit_of_every_rule_has_its_sentence(language: str) -> None:
    assert limit_sentences(words_in(language)).keys() == {field for rule in RULES for field in rule.limits}


def test_refusal_is_told_with_what_the_product_asks_for_once_and_in_german() -> None:
    refusing = [Refusing("questionnaire", is_unknown=True), Refusing("risk", is_unknown=True)]
    assert refusals_told(GERMAN, FUND, refusing, {}) == [
        "Die Risikobereitschaft des Kunden ist nicht bekannt. Seine Risikoklasse ist 4 von 7.",
        "Der Kunde hat keine Angaben zu Risiko und Kenntnissen gemacht. "
        "Es verlangt einen Anlagehorizont in Jahren von mindestens 3.",
    ]


def test_products_that_a_product_excludes_are_told_by_name() -> None:
    youth = Product("youth", "Youth Account", "account", excludes=("premium", "gone"))
    told = limits_told(ENGLISH, youth, "excludes", {"premium": "Premium Account"})
    assert told == ["It is not sold beside: Premium Account or gone."]


def test_rule_that_is_no_more_is_told_by_its_name() -> None:
    assert refusals_told(ENGLISH, FUND, [Refusing("gone", is_unknown=False)], {}) == ["The rule gone refused it."]


def test_numbers_days_and_lists_are_written_as_the_language_does() -> None:
    sold = Product("fund", "Fund", "fund", withdrawn_date=date(2026, 7, 1))
    assert limits_told(GERMAN, FUND, "income", {}) == ["Es verlangt ein Jahreseinkommen von mindestens 30.000."]
    assert limits_told(ENGLISH, FUND, "country", {}) == ["It is sold to residents of these countries only: AT or DE."]
    assert limits_told(ENGLISH, sold, "on_sale", {}) == ["It is no longer on sale from 1 July 2026 on."]


@pytest.mark.parametrize(
    ("low", "below", "told"),
    [(None, None, "not known"), (0, 18, "below 18"), (18, 30, "18 to below 30"), (150_000, None, "150,000 or more")],
)
def test_band_is_told_by_its_ends(low: int | None, below: int | None, told: str) -> None:
    assert band(ENGLISH, low, below) == told


@pytest.mark.parametrize(
    ("low", "below", "told"), [(None, None, "not known"), (18, 30, "18–29"), (80, None, "80 or more")]
)
def test_band_of_years_ends_with_the_last_year_in_it(low: int | None, below: int | None, told: str) -> None:
    assert years(ENGLISH, low, below) == told


def test_every_reason_of_a_decision_has_words_for_the_advisor() -> None:
    assert decision_reasons(ENGLISH).keys() == REASONS.keys()
