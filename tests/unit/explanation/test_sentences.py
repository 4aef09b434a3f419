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
        (["You hold Debit Card"], "Because you hold Debit Card."),
        (
            ["You hold Debit Card", "You are saving for a home"],
            "Because you hold Debit Card and are saving for a home.",
        ),
        (
            ["You hold Debit Card", "You plan 5 to 10 years ahead", "You are saving for a home"],
            "Because you hold Debit Card, plan 5 to 10 years ahead and are saving for a home.",
        ),
        # Of one topic, at the place of the first.
        (
            ["You hold Debit Card", "You are retired", "You hold Everyday Account"],
            "Because you hold Debit Card and Everyday Account, and are retired.",
        ),
        (
            ["You spend a lot on travel", "You spend a lot on eating out", "You spend a lot on home and garden"],
            "Because you spend a lot on travel, eating out, and home and garden.",
        ),
        # The subjects differ: each clause keeps its own.
        (
            ["Your saving habit is regular", "You hold Debit Card"],
            "Because your saving habit is regular and you hold Debit Card.",
        ),
        (["You hold Debit Card", "You hold Debit Card"], "Because you hold Debit Card."),
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
            ["Sie haben bei uns Girokonto", "Sie sparen für ein Zuhause"],
            "Wir zeigen Ihnen dies, denn Sie haben bei uns Girokonto und sparen für ein Zuhause.",
        ),
        (
            ["Sie geben viel für Reisen aus", "Sie haben bei uns Girokonto", "Sie geben viel für Bildung aus"],
            "Wir zeigen Ihnen dies, denn Sie geben viel für Reisen und Bildung aus und haben bei uns Girokonto.",
        ),
        (
            ["Sie geben viel für Haus und Garten aus", "Sie geben viel für Kinder aus"],
            "Wir zeigen Ihnen dies, denn Sie geben viel für Haus und Garten sowie Kinder aus.",
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
