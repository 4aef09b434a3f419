"""Permission before preference: which products which customers may be offered, and which rules say no."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import BoolArray, RuleFacts
from recsys.ranking.rules import RULES, Rule

RuleMask: TypeAlias = npt.NDArray[np.uint32]

MAX_RULES = 31
# The highest bit belongs to products without a score, which no rule can see.
UNSCORED_BIT = np.uint32(1 << MAX_RULES)
UNSCORED = "not_in_model"


def eliminate(customers: RuleFacts, catalogue: Catalogue, as_of: date, *, rules: tuple[Rule, ...] = RULES) -> RuleMask:
    """Which rules refuse which product to whom.

    Returns uint32 (n_customers, n_products), in Fortran order: bit i is set where `rules[i]` refuses, 0 is permitted.

    Raises `ValueError` for more than `MAX_RULES` rules.
    """
    if len(rules) > MAX_RULES:
        raise ValueError(f"{len(rules)} rules do not fit into {MAX_RULES} bits")
    mask = np.zeros((len(customers), len(catalogue)), dtype=np.uint32, order="F")
    for column, product in enumerate(catalogue.products):
        for bit, rule in enumerate(rules):
            refused = rule.refuses(customers, product, as_of)
            if refused is not None:
                mask[:, column] |= refused.astype(np.uint32) << np.uint32(bit)
    return mask


def refused_by(mask: RuleMask, *, rules: tuple[Rule, ...] = RULES) -> dict[str, BoolArray]:
    """Per rule that refuses anything: bool (n_customers, n_products)."""
    used = int(np.bitwise_or.reduce(mask, axis=None)) if mask.size else 0
    named = {rule.name: np.uint32(1 << bit) for bit, rule in enumerate(rules)} | {UNSCORED: UNSCORED_BIT}
    return {name: (mask & bit) != 0 for name, bit in named.items() if used & int(bit)}
