"""What products are for, and which reasons speak to that: the table `needs.toml`.

Clients' needs are what the rules on product governance ask a bank to name for every product (ESMA35-43-3448, guidelines
on MiFID II product governance); here they decide what may be told, never what may be offered.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from recsys.explanation.reason import DECLARED, FLAG, Reason

_FILE = "needs.toml"


@dataclass(frozen=True, slots=True)
class Edges:
    """Bands that speak to a need: their low edge is `least` or more, their high one `most` or less; None: any."""

    least: float | None = None
    most: float | None = None

    def contain(self, reason: Reason) -> bool:
        """Whether the band of `reason` is within them."""
        is_above = self.least is None or (reason.low is not None and reason.low >= self.least)
        return is_above and (self.most is None or (reason.high is not None and reason.high <= self.most))


@dataclass(frozen=True, slots=True)
class Need:
    """One need. `values` and `edges` by topic of `Reason`; `holds` and `never_holds` are needs of products held.

    `popular`: that many customers open such a product may be told.
    """

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    edges: Mapping[str, Edges] = field(default_factory=dict)
    holds: frozenset[str] = frozenset()
    never_holds: frozenset[str] = frozenset()
    popular: bool = True

    def is_met_by(self, reason: Reason) -> bool:
        """Whether a fact speaks to this need; what is held is asked of `may_name`."""
        # A bank's own column has a label because the bank wants it told.
        if reason.topic in (DECLARED, FLAG):
            return True
        within = self.edges.get(reason.topic)
        return reason.value in self.values.get(reason.topic, ()) if within is None else within.contain(reason)


@cache
def all_needs() -> Mapping[str, Need]:
    """Every need by its name, what says most of a product first."""
    return {name: _need(facts) for name, facts in _table()["needs"].items()}


def needs_of(category: str, client_needs: Sequence[str]) -> frozenset[str]:
    """The needs of a product: those that the bank names, or else those of its category, none for an unknown one."""
    return frozenset(client_needs or _table()["categories"].get(category.casefold(), ()))


def first_of(needs: Set[str]) -> str:
    """The one of `needs` that says most of a product; empty where the table has none of them."""
    return next((name for name in all_needs() if name in needs), "")


def is_popularity_told(needs: Set[str]) -> bool:
    """Whether it may be told of a product that serves `needs` that many open it."""
    return all(_named(name).popular for name in needs)


def speaks_to(needs: Set[str], reason: Reason) -> bool:
    """Whether a fact may be told of a product that serves `needs`."""
    return any(_named(name).is_met_by(reason) for name in needs)


def is_ever_told(reason: Reason) -> bool:
    """Whether a fact speaks to any need at all."""
    return speaks_to(all_needs().keys(), reason)


def may_name(needs: Set[str], held: Set[str]) -> bool:
    """Whether a product that serves `held` and that the customer has may be a reason for one that serves `needs`."""
    served = [_named(name) for name in needs]
    return any(need.holds & held for need in served) and not any(need.never_holds & held for need in served)


def _named(name: str) -> Need:
    # A word of the bank's that the table does not have speaks of nothing.
    return all_needs().get(name, Need())


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath(_FILE).read_text(encoding="utf-8"))


def _need(facts: Mapping[str, Any]) -> Need:
    held = {name: frozenset(facts.get(name, ())) for name in ("holds", "never_holds")}
    told = {topic: said for topic, said in facts.items() if topic not in {*held, "popular"}}
    return Need(
        {topic: frozenset(said) for topic, said in told.items() if isinstance(said, list)},
        {topic: Edges(said.get("from"), said.get("below")) for topic, said in told.items() if isinstance(said, dict)},
        popular=facts.get("popular", True),
        **held,
    )
