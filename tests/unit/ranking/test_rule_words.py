from __future__ import annotations

from recsys.ranking.eligibility import UNSCORED
from recsys.ranking.rule_words import sentence_of, sentences_of


def test_what_is_unknown_is_said_as_unknown() -> None:
    assert sentence_of("income", is_unknown=False) == "The customer's income is below its minimum."
    assert sentence_of("income", is_unknown=True) == "The customer's income is not known."


def test_rule_that_is_no_more_is_told_by_its_name() -> None:
    assert sentence_of("moon_phase", is_unknown=False) == "The rule moon_phase refused it."


def test_rule_whose_side_is_always_known_has_one_sentence() -> None:
    assert sentence_of("already_held", is_unknown=True) == sentence_of("already_held", is_unknown=False)
    assert "trained" in sentence_of(UNSCORED, is_unknown=False)


def test_rules_that_say_the_same_say_it_once() -> None:
    rules = ["target_segment", "negative_segment", "age"]
    assert sentences_of(rules, rules[:2]) == [
        "The customer's segment is not known.",
        "The customer's birth year does not prove the age that it is sold at.",
    ]
