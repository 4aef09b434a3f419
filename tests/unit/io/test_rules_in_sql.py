from __future__ import annotations

from recsys.io.rules_in_sql import BROKEN_WHERE
from recsys.ranking.rules.registry import RULES


def test_every_rule_is_asked_once_more_in_sql() -> None:
    assert {rule.name for rule in RULES} | {"unknown_product", "unknown_person"} == set(BROKEN_WHERE)
