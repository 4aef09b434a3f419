"""Who was refused what by which rule, with equal sets of products told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.ranking.customers import BoolArray
from recsys.ranking.eligibility import RuleMask, refused_by


@dataclass(frozen=True, slots=True)
class RuleEliminations:
    """What one rule took out of one block.

    `customers` int64 (m,) are rows of the block, ascending; `pattern_of` int64 (m,) points into `patterns`, bool
    (q, n_products), the distinct sets of refused products.
    """

    rule: str
    customers: npt.NDArray[np.int64]
    pattern_of: npt.NDArray[np.int64]
    patterns: BoolArray


def eliminations_by_rule(mask: RuleMask) -> Iterator[RuleEliminations]:
    """One entry per rule that refuses anything in `mask`, uint64 (n_customers, n_products)."""
    for pairs in refused_by(mask):
        customers = np.flatnonzero(pairs.is_refused.any(axis=1))
        patterns, pattern_of = _distinct_rows(pairs.is_refused[customers])
        yield RuleEliminations(pairs.rule, customers, pattern_of, patterns)


def _distinct_rows(rows: BoolArray) -> tuple[BoolArray, npt.NDArray[np.int64]]:
    """Distinct rows and, for each row, which of them it is; rows are compared as whole numbers or byte strings."""
    first, which = _first_and_which(np.packbits(rows, axis=1))
    return rows[first], which


def _first_and_which(packed: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    n_rows, n_bytes = packed.shape
    whole: npt.NDArray[np.generic]
    if n_bytes <= 8:
        padded = np.zeros((n_rows, 8), dtype=np.uint8)
        padded[:, :n_bytes] = packed
        whole = padded.view(np.uint64).ravel()
    else:
        whole = np.ascontiguousarray(packed).view(np.dtype((np.void, n_bytes))).ravel()
    _, first, which = np.unique(whole, return_index=True, return_inverse=True)
    return first.astype(np.int64), which.astype(np.int64)
