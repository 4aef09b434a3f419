"""Why two customers are, or are not, one person: what each comparison says, in bits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from recsys.cleaning.linkage_columns import linkage_columns
from recsys.cleaning.linkage_comparisons import COMPARISONS, Comparison, Weights, column_name
from recsys.cleaning.linkage_conflicts import conflicts_in
from recsys.cleaning.linkage_scoring import Resources, prior, score_among

MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one comparison found: its grade, the bits of that grade, and what a name's rarity adds or takes."""

    comparison: str
    grade: str
    bits: float
    rarity_bits: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.bits + self.rarity_bits


@dataclass(frozen=True, slots=True)
class Explanation:
    """`prior_bits` of two random customers plus all findings are the `weight`, and that the `probability`.

    `conflict` says what forbids to join the pair by itself however likely it is, and is empty otherwise.
    """

    prior_bits: float
    findings: tuple[Finding, ...]
    weight: float
    probability: float
    conflict: str


def explain_pair(customers: pa.Table, weights: Weights, left: int, right: int, resources: Resources) -> Explanation:
    """Compare the rows `left` and `right` of `customers` (m,) as linkage does: names are as rare as among them all."""
    pair = score_among(linkage_columns(customers), weights, (left, right), resources)
    row = pair.to_pylist()[0]
    chance = prior(customers.num_rows)
    return Explanation(
        prior_bits=math.log2(chance / (1 - chance)),
        findings=tuple(_finding(comparison, row) for comparison in COMPARISONS),
        weight=row["weight"],
        probability=row["probability"],
        conflict=conflicts_in(pair)[0].as_py(),
    )


def _finding(comparison: Comparison, row: Mapping[str, Any]) -> Finding:
    name = column_name(comparison)
    place = row[f"gamma_{name}"]
    grade = MISSING if place < 0 else comparison.grade_names[len(comparison.grades) - place]
    return Finding(comparison.name, grade, row[f"mw_{name}"], row.get(f"mw_tf_adj_{name}", 0.0))
