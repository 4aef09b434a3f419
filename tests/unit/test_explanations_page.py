"""docs/explanations.md: what customers are told is true of them, tidy, and of nothing that is kept from models."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "explanations.md"
FACT = re.compile(r"(?P<name>.+) (?P<value>-?[0-9.e+-]+) in \[(?P<low>-?[0-9.e+-]+|-∞), (?P<high>-?[0-9.e+-]+|∞)\)")
ROW = re.compile(r"^\| (?P<product>[^|]+) \| (?P<told>[^|]+) \| (?P<facts>[^|]+) \|$", re.MULTILINE)


def rows_of(text: str) -> list[tuple[str, ...]]:
    return [row.groups() for row in ROW.finditer(text) if row["product"].strip() not in ("product", "---")]


ROWS = rows_of(PAGE.read_text())


def number(text: str) -> float:
    return float(text.replace("∞", "inf"))


def test_there_are_two_hundred_in_english_and_forty_in_german() -> None:
    german = PAGE.read_text().partition(", in German")[2].partition("\n## ")[0]
    n_german = len(rows_of(german))
    assert (len(ROWS) - n_german, n_german) == (200, 40)


@pytest.mark.parametrize(("product", "told", "facts"), ROWS)
def test_what_is_told_is_true_of_the_customer(product: str, told: str, facts: str) -> None:
    for fact in facts.strip().split("; "):
        if band := FACT.fullmatch(fact):
            assert number(band["low"]) <= number(band["value"]) < number(band["high"]), fact
        elif fact.startswith("holds "):
            assert fact.endswith("(yes)"), fact
        elif fact.removeprefix("unprofiled:") not in ("popular", "available") and "meant:" not in fact:
            value, is_a, said = fact.partition(" is ")
            assert is_a, fact
            assert value.rpartition(" ")[2] == said, fact


@pytest.mark.parametrize(("product", "told", "facts"), ROWS)
def test_it_is_one_tidy_sentence(product: str, told: str, facts: str) -> None:
    assert told[0].isupper()
    assert told.endswith(".")
    assert not re.search(r"[{}]|  |\.\.|\bNone\b|\bnan\b|_", told), told
