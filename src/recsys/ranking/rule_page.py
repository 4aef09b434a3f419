"""The rules as a table of Markdown, for `docs/permission.md`."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.ranking.rules.registry import RULES
from recsys.ranking.rules.rule import Rule

_HEAD = "| Rule | Version | Why not | Where something is unknown | Limits of the product | Looks at | Source |"


def rules_table(rules: Sequence[Rule] = RULES) -> str:
    """One line per rule, in their order."""
    return "\n".join([_HEAD, "|" + "---|" * 7, *map(_line, rules)]) + "\n"


def _line(rule: Rule) -> str:
    cells = (
        f"`{rule.name}`" + (", private" if rule.is_private else ""),
        str(rule.version),
        rule.sentence,
        rule.unknown,
        ", ".join(f"`{limit}`" for limit in rule.limits),
        ", ".join(f"`{fact}`" for fact in rule.facts),
        " ".join(rule.source.split()),
    )
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")
