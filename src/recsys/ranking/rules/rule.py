"""What a permission rule is, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Self, TypeAlias

import numpy as np

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import BoolArray, FloatArray, RuleFacts


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a rule says of one product to n customers, bool (n,) each.

    `is_refused`: it may not be offered. `is_unknown`: that is because the customer's side is not known; never without
    `is_refused`.
    """

    is_refused: BoolArray
    is_unknown: BoolArray

    @classmethod
    def known(cls, is_refused: BoolArray) -> Self:
        """A refusal for what is known."""
        return cls(is_refused, np.zeros_like(is_refused))

    @classmethod
    def unless(cls, is_permitted: BoolArray, is_known: BoolArray) -> Self:
        """Refuses whoever is not permitted for certain: an unknown side is refused, whatever `is_permitted` says."""
        return cls(~(is_permitted & is_known), ~is_known)


# A product and a block of customers on a day; None where the product sets no such limit.
Refuses: TypeAlias = Callable[[RuleFacts, Product, date], Refusal | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule. `version` grows whenever its answer changes, so that publications can be told apart.

    `sentence` says why a product is not offered, `unknown` what is not known, where that is the reason: empty for a
    rule whose side of the customer is always known. `facts` are what it looks at of a customer, columns of
    `build_rule_facts`, and `limits` what it looks at of a product, fields of `Product`. Of a refusal that `is_private`
    systems downstream are not told; `serving.eliminations` leaves it out.
    """

    name: str
    version: int
    refuses: Refuses
    sentence: str
    facts: tuple[str, ...]
    limits: tuple[str, ...] = ()
    unknown: str = ""
    is_private: bool = False

    @property
    def source(self) -> str:
        """Where the rule comes from: a regulation, or the bank's own policy; the last line of the predicate's text."""
        return " ".join((self.refuses.__doc__ or "").split()).rpartition("Source: ")[2].removesuffix(".")


def below(values: FloatArray, minimum: float | None) -> Refusal | None:
    """Refuses values (n,) under `minimum`, and NaN as unknown; no limit without a minimum."""
    return None if minimum is None else Refusal.unless(values >= minimum, ~np.isnan(values))
