"""Why a product is not offered, in sentences, also of rules that only an earlier version of the code had."""

from __future__ import annotations

from collections.abc import Iterable

from recsys.ranking.eligibility import UNSCORED
from recsys.ranking.rules.registry import BY_NAME

_UNSCORED = "The model did not know it yet when it was trained."


def sentence_of(rule: str, *, is_unknown: bool) -> str:
    """What the rule says of a customer whose side it knows, or does not know; its name where it is no more."""
    if rule == UNSCORED:
        return _UNSCORED
    if rule not in BY_NAME:
        return f"The rule {rule} refused it."
    return (is_unknown and BY_NAME[rule].unknown) or BY_NAME[rule].sentence


def sentences_of(rules: Iterable[str], unknown: Iterable[str]) -> list[str]:
    """One sentence per rule; two rules that say the same say it once."""
    open_questions = set(unknown)
    return list(dict.fromkeys(sentence_of(rule, is_unknown=rule in open_questions) for rule in rules))
