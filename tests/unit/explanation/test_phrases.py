from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from recsys.errors import SettingsError
from recsys.explanation.phrases import Phrases, check_phrases, languages, phrases_in
from recsys.explanation.reason import AVAILABLE, DECLARED, FLAG, HOLDS, POPULAR, SPENDING, Reason
from recsys.explanation.wording import is_told, sentence
from recsys.features.attributes import ATTRIBUTES, N_HOLDINGS, AttributeKind
from recsys.feed.columns import Purpose
from recsys.feed.contract import CUSTOMERS, SURVEYS

# The text after the last dot of a phrase's key is a value of these.
VALUES = re.compile(r"values\.(\w+)\.(.*)")
BANDS = ((None, 30.0), (30.0, 42.0), (42.0, 43.0), (0.25, 0.4), (65.0, None), (40_000.0, 55_000.0))


def all_reasons() -> Iterator[Reason]:
    """Of every phrase one, and bands of every form, unit and size."""
    yield from (POPULAR, AVAILABLE, Reason("holds:a", HOLDS, "Everyday Account"))
    yield from (
        Reason("a.b:c", DECLARED, "often", label="saving habit"),
        Reason("a.c:yes", FLAG, "yes", label="letter"),
    )
    bands = [attribute for attribute in ATTRIBUTES if attribute.kind is AttributeKind.BAND]
    for low, high in BANDS:
        for band in bands:
            yield Reason("x", band.name, "", low, high, 0.75, band.unit, "EUR")
        for unit in ("money", "days ago", ""):
            yield Reason("a.d:x", DECLARED, "", low, high, 0.5, unit, "EUR", "shopping")
    for key in phrases_in("en"):
        if found := VALUES.fullmatch(key):
            topic, value = found.groups()
            yield Reason("x", topic, value, 0.1 if topic == SPENDING else None, None, 0.75)


TOLD = [reason for reason in all_reasons() if is_told(reason)]


@pytest.mark.parametrize("language", languages())
def test_every_phrase_is_a_tidy_sentence(language: str) -> None:
    phrases = phrases_in(language)
    assert len(TOLD) > 80
    for reason in TOLD:
        words = sentence(reason, phrases)
        assert words[0].isupper(), words
        assert not re.search(r"[{}]|  |\.\.|\bNone\b|\.$|^\s|\s$|\( | ,", words), words


@pytest.mark.parametrize("language", languages())
def test_topics_that_are_told_together_are_known_by_how_they_begin(language: str) -> None:
    phrases = phrases_in(language)
    for topic in (HOLDS, SPENDING):
        before, _, after = phrases[f"things.{topic}"].partition("{value}")
        for reason in TOLD:
            words = sentence(reason, phrases)
            begins_alike = words.lower().startswith(before.lower()) and words.endswith(after)
            assert begins_alike == (reason.topic == topic), words


@pytest.mark.parametrize("language", languages())
def test_no_phrase_names_a_column_that_is_not_for_models(language: str) -> None:
    kept = {
        column.name.replace("_", " ")
        for table in (CUSTOMERS, SURVEYS)
        for column in table.columns
        if column.purpose is not Purpose.FEATURE
    }
    # Words of everyday life.
    kept -= {"language", "city", "status", "comment"}
    for phrase in phrases_in(language).values():
        assert not [name for name in kept if re.search(rf"\b{name}\b", phrase.lower())], phrase


def test_what_phrases_say_is_of_features_only() -> None:
    topics = {key.split(".")[1] for key in phrases_in("en") if key.startswith(("things.", "values."))}
    features = {attribute.name for attribute in (*ATTRIBUTES, N_HOLDINGS)}
    assert topics - features == {HOLDS, SPENDING, DECLARED, FLAG, "declared_band", "declared_days"}
    assert features - topics == {
        "country", "region", "segment", "education", "occupation", "loss_capacity", "spend_365d", "tenure_days",
        "n_holdings", "money_in_90d",
    }  # fmt: skip


@pytest.mark.parametrize(
    "reason",
    [
        Reason("x", "country", "AT"),
        Reason("x", "region", "10"),
        Reason("x", "segment", "mass"),
        Reason("x", "education", "none"),
        Reason("x", "occupation", "executioner"),
        Reason("x", "loss_capacity", "1"),
        Reason("x", "knowledge_level", "0"),
        Reason("x", "employment_status", "unemployed"),
        Reason("x", "employment_status", "not working"),
        Reason("x", "investment_goal", "no particular"),
        Reason("x", "n_dependants", "0"),
        Reason("x", "n_holdings", "4"),
        Reason("x", "tenure_days", "", 730.0, 2009.0, 0.75, "days"),
        Reason("x", "money_in_90d", "", 8_000.0, None, 0.75, "money", "EUR"),
        Reason("x", "annual_income", "", None, 12_000.0, 0.25, "money", "EUR"),
        Reason("x", "annual_income", "", 12_000.0, 14_000.0, 0.25, "money", "EUR"),
        Reason("x", "savings_rate_90d", "", -0.5, -0.1, 0.75, "share"),
        Reason("x", "savings_rate_90d", "", 0.15, 0.3, 0.75, "share"),
        Reason("x", SPENDING, "health", 0.2, None, 0.75, "share"),
        Reason("x", SPENDING, "gambling", 0.2, None, 0.75, "share"),
        Reason("x", SPENDING, "travel", 0.2, 0.3, 0.625, "share"),
        Reason("x", SPENDING, "travel", 0.04, None, 0.75, "share"),
        Reason("x", "spend_365d", "", 10_000.0, None, 0.75, "money", "EUR"),
        Reason("a.b:x", DECLARED, "regular"),
        Reason("a.b:(less common)", DECLARED, "", label="habit"),
        Reason("a.b:yes", FLAG, "yes"),
        Reason("a.b:-360", DECLARED, "", None, 360.0, 0.25, "money", "EUR", "yearly spending in restaurants"),
        Reason("x", "marital_status", "divorced"),
        Reason("x", "gender", "f"),
    ],
)
def test_customers_are_not_told(reason: Reason) -> None:
    assert not is_told(reason)


@pytest.mark.parametrize(
    ("reason", "english", "german"),
    [
        (
            Reason("x", "annual_income", "", 40_000.0, 55_000.0, 0.75, "money", "EUR"),
            "You have a yearly income of 40,000 to 55,000 EUR",
            "Sie haben ein Jahreseinkommen von 40.000 bis 55.000 EUR",
        ),
        (
            Reason("x", "horizon_years", "", 9.5, 13.0, 0.5, "years"),
            "You want to put money aside for 10 to 12 years",
            "Sie möchten Geld für 10 bis 12 Jahre anlegen",
        ),
        (
            Reason("x", "horizon_years", "", 1.0, 2.0, 0.25, "years"),
            "You want to put money aside for 1 to 2 years",
            None,
        ),
        (
            # Who is not yet 42 is 41.
            Reason("x", "age_years", "", 34.0, 42.0, 0.25, "years"),
            "You are 34 to 41 years old",
            "Sie sind 34 bis 41 Jahre alt",
        ),
        (Reason("x", "age_years", "", 18.0, 19.0, 0.25, "years"), "You are 18 years old", "Sie sind 18 Jahre alt"),
        (
            Reason("x", "age_years", "", None, 28.0, 0.25, "years"),
            "You are younger than 28",
            "Sie sind jünger als 28 Jahre",
        ),
        (
            Reason("x", "savings_rate_90d", "", 0.345, None, 0.75, "share"),
            "You have recently saved a good part of what you received",
            "Sie haben zuletzt einen guten Teil Ihrer Einnahmen gespart",
        ),
        (Reason("x", "n_dependants", "1"), "You have one dependant", "Sie sorgen für eine weitere Person"),
        (
            Reason("x", SPENDING, "home & garden", 0.1, None, 0.75, "share"),
            "You spend more of your money on your home than most customers",
            "Sie geben mehr von Ihrem Geld für Ihr Zuhause aus als die meisten Kundinnen und Kunden",
        ),
        (
            Reason("x", DECLARED, "", 0.0012, 1_200.0, 0.75, label="score"),
            "Your score is between 0.0012 and 1,200",
            None,
        ),
        (Reason("x", HOLDS, "{odd} card"), "You already have our {odd} card", "Sie nutzen bereits „{odd} card“"),
        (POPULAR, "Popular with customers of this bank", "Beliebt bei Kundinnen und Kunden dieser Bank"),
    ],
)
def test_reason_is_said(reason: Reason, english: str, german: str | None) -> None:
    assert is_told(reason)
    assert sentence(reason, phrases_in("en")) == english
    assert german is None or sentence(reason, phrases_in("de")) == german


def test_language_without_phrases_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"no phrases in the language 'tlh': there are de, en"):
        phrases_in("tlh")


ENGLISH: Phrases = {"things.holds": "you hold {value}", "anybody.popular": "popular"}


@pytest.mark.parametrize(
    "phrases",
    [
        {"things.holds": "Sie haben {value}"},
        {**ENGLISH, "things.more": "mehr"},
        {**ENGLISH, "things.holds": "Sie haben etwas"},
        {**ENGLISH, "things.holds": "Sie haben {wert}"},
    ],
)
def test_phrases_that_differ_from_english_are_refused(phrases: Phrases) -> None:
    with pytest.raises(SettingsError, match=r"differ from the English ones"):
        check_phrases("de", phrases, ENGLISH)
