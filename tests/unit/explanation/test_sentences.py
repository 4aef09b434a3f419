from __future__ import annotations

import doctest

import pytest

from recsys.explanation import sentences
from recsys.explanation.phrases import phrases_in
from recsys.explanation.sentences import sentence_of


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ([], ""),
        (["Popular with customers of this bank"], "Popular with customers of this bank."),
        (["You already have our Debit Card"], "Because you already have our Debit Card."),
        (
            ["You already have our Debit Card", "You are saving for a home"],
            "Because you already have our Debit Card and are saving for a home.",
        ),
        (
            [
                "You already have our Debit Card",
                "You are retired",
                "You are saving for a home",
            ],
            "Because you already have our Debit Card, are retired and are saving for a home.",
        ),
        # Of one topic, at the place of the first.
        (
            ["You already have our Debit Card", "You are retired", "You already have our Everyday Account"],
            "Because you already have our Debit Card and Everyday Account, and are retired.",
        ),
        (
            [
                "You spend more of your money on travel than most customers",
                "You spend more of your money on eating out than most customers",
                "You spend more of your money on home and garden than most customers",
            ],
            "Because you spend more of your money on travel, eating out, and home and garden than most customers.",
        ),
        # The subjects differ: each clause keeps its own.
        (
            ["Your saving habit is regular", "You already have our Debit Card"],
            "Because your saving habit is regular and you already have our Debit Card.",
        ),
        (
            ["You already have our Debit Card", "You already have our Debit Card"],
            "Because you already have our Debit Card.",
        ),
        (
            ["We have noted “newsletter” for you", "You are retired"],
            "Because we have noted “newsletter” for you and you are retired.",
        ),
    ],
)
def test_reasons_in_english(reasons: list[str], told: str) -> None:
    assert sentence_of(reasons, phrases_in("en")) == told


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (["Beliebt bei Kundinnen und Kunden dieser Bank"], "Beliebt bei Kundinnen und Kunden dieser Bank."),
        (
            ["Sie nutzen bereits „Girokonto“", "Sie sparen für ein Zuhause"],
            "Wir zeigen Ihnen dies, denn Sie nutzen bereits „Girokonto“ und sparen für ein Zuhause.",
        ),
        (
            [
                "Sie geben mehr von Ihrem Geld für Reisen aus als die meisten Kundinnen und Kunden",
                "Sie nutzen bereits „Girokonto“",
                "Sie geben mehr von Ihrem Geld für Bildung aus als die meisten Kundinnen und Kunden",
            ],
            "Wir zeigen Ihnen dies, denn Sie geben mehr von Ihrem Geld für Reisen und Bildung aus als "
            "die meisten Kundinnen und Kunden und nutzen bereits „Girokonto“.",
        ),
        (
            ["Sie nutzen bereits „Girokonto“", "Sie nutzen bereits „Sparbuch“"],
            "Wir zeigen Ihnen dies, denn Sie nutzen bereits „Girokonto“ und „Sparbuch“.",
        ),
        (
            [
                "Sie geben mehr von Ihrem Geld für Haus und Garten aus als die meisten Kundinnen und Kunden",
                "Sie geben mehr von Ihrem Geld für Kinder aus als die meisten Kundinnen und Kunden",
            ],
            "Wir zeigen Ihnen dies, denn Sie geben mehr von Ihrem Geld für Haus und Garten sowie Kinder "
            "aus als die meisten Kundinnen und Kunden.",
        ),
        (
            ["Wir haben bei Ihnen „Newsletter“ vermerkt", "Sie sind im Ruhestand"],
            "Wir zeigen Ihnen dies, denn wir haben bei Ihnen „Newsletter“ vermerkt und Sie sind im Ruhestand.",
        ),
    ],
)
def test_reasons_in_german(reasons: list[str], told: str) -> None:
    assert sentence_of(reasons, phrases_in("de")) == told


def test_example_is_true() -> None:
    assert doctest.testmod(sentences).failed == 0
