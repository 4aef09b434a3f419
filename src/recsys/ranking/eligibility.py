"""Permission before preference: which products which customers may be offered, and which rules say no."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import BoolArray, RuleFacts
from recsys.ranking.rules.registry import RULES
from recsys.ranking.rules.rule import Rule

# Bit i of a cell: `rules[i]` refuses; bit 32 + i: it refuses because the customer's side is unknown. 0 is permitted.
RuleMask: TypeAlias = npt.NDArray[np.uint64]

MAX_RULES = 31
_UNKNOWN = 32
# The bit after the last rule belongs to products without a score, which no rule can see.
UNSCORED_BIT = np.uint64(1 << MAX_RULES)
UNSCORED = "not_in_model"


def eliminate(customers: RuleFacts, catalogue: Catalogue, as_of: date, *, rules: Sequence[Rule] = RULES) -> RuleMask:
    """Which rules refuse which product to whom: uint64 (n_customers, n_products) in Fortran order, see `RuleMask`.

    Raises `ValueError` for more than `MAX_RULES` rules.
    """
    if len(rules) > MAX_RULES:
        raise ValueError(f"{len(rules)} rules do not fit into {MAX_RULES} bits")
    mask = np.zeros((len(customers), len(catalogue)), dtype=np.uint64, order="F")
    for column, product in enumerate(catalogue.products):
        cells = mask[:, column]
        for bit, rule in enumerate(rules):
            refusal = rule.refuses(customers, product, as_of)
            if refusal is not None:
                cells |= refusal.is_refused.astype(np.uint64) << np.uint64(bit)
                cells |= refusal.is_unknown.astype(np.uint64) << np.uint64(_UNKNOWN + bit)
    return mask


@dataclass(frozen=True, slots=True)
class RefusedPairs:
    """What one rule refuses, bool (n_customers, n_products) each; `is_unknown` is part of `is_refused`."""

    rule: str
    is_refused: BoolArray
    is_unknown: BoolArray


def refused_by(mask: RuleMask, *, rules: Sequence[Rule] = RULES) -> Iterator[RefusedPairs]:
    """One entry per rule that refuses anything, in the order of the rules."""
    used = int(np.bitwise_or.reduce(mask, axis=None)) if mask.size else 0
    for bit, name in enumerate(_names(rules)):
        if name and used & (1 << bit):
            yield RefusedPairs(name, _has(mask, bit), _has(mask, _UNKNOWN + bit))


@dataclass(frozen=True, slots=True)
class Refusers:
    """The rules that refuse one cell, and those among them that do so because something is unknown."""

    rules: tuple[str, ...]
    unknown: tuple[str, ...]


def refusers(cell: int, *, rules: Sequence[Rule] = RULES) -> Refusers:
    """What one cell of a mask says."""
    names = [(bit, name) for bit, name in enumerate(_names(rules)) if name and cell >> bit & 1]
    return Refusers(
        tuple(name for _, name in names), tuple(name for bit, name in names if cell >> (_UNKNOWN + bit) & 1)
    )


def _names(rules: Sequence[Rule]) -> list[str]:
    """Name of each bit up to `MAX_RULES`, empty where there is no rule."""
    names = [rule.name for rule in rules]
    return [*names, *[""] * (MAX_RULES - len(names)), UNSCORED]


def _has(mask: RuleMask, bit: int) -> BoolArray:
    has: BoolArray = (mask & np.uint64(1 << bit)) != 0
    return has
