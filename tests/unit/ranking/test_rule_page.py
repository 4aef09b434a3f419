from __future__ import annotations

from pathlib import Path

from recsys.ranking.rule_page import rules_table
from recsys.ranking.rules.registry import RULES

PAGE = Path(__file__).parents[3] / "docs" / "permission.md"


def test_page_shows_the_rules_as_they_are() -> None:
    assert rules_table() in PAGE.read_text(), "put the output of `recsys rules page` into docs/permission.md"


def test_every_rule_has_a_line_of_whole_cells() -> None:
    lines = rules_table().splitlines()
    assert len(lines) == 2 + len(RULES)
    assert {len(line.strip("|").split("|")) for line in lines} == {7}
