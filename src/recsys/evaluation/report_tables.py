"""What the pictures show, as rows: for who wants the figures themselves. Groups that are too small are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from recsys.evaluation.gains import LIFT_AT, SHARES
from recsys.evaluation.outcome import FoldOutcome
from recsys.types import JSON

Row = dict[str, JSON]


def product_rows(outcome: FoldOutcome, product_names: Sequence[str]) -> list[Row]:
    """A row per product: opened, offered and found among tested customers, and the shares that follow from them."""
    tally = outcome.tally
    return [
        {
            "product": name,
            "opened": int(tally.opened[place]),
            "offered": int(tally.offered[place]),
            "found": int(tally.found[place]),
            "precision": _number(tally.precision[place]),
            "recall": _number(tally.recall[place]),
            "f1": _number(tally.f1[place]),
            "offered_of_all_customers": int(outcome.exposure.offered[place]),
        }
        for place, name in enumerate(product_names)
    ]


def gains_rows(outcome: FoldOutcome, product_names: Sequence[str]) -> list[Row]:
    """A row per product over all customers: lift, AUC, and the share of its takers among each share of them."""
    gains = outcome.gains
    return [
        {
            "product": name,
            "customers": int(gains.customers[place]),
            "takers": int(gains.takers[place]),
            f"lift_at_{LIFT_AT:.0%}".replace("%", "_percent"): _number(gains.lift[place]),
            "auc": _number(gains.auc[place]),
            **{
                f"gain_at_{share:.0%}".replace("%", "_percent"): _number(gains.curves[place, column])
                for column, share in enumerate(SHARES)
            },
        }
        for place, name in enumerate(product_names)
    ]


def slice_rows(outcomes: Mapping[str, FoldOutcome]) -> list[Row]:
    """A row per group of customers and candidate, with the headline metrics; `outcomes` by candidate."""
    return [
        {"slicing": slicing, "group": label, "customers": _size(outcome, slicing, label), "candidate": name, **means}
        for name, outcome in outcomes.items()
        for slicing, sums in outcome.slices.items()
        for label, means in sums.means().items()
    ]


def _size(outcome: FoldOutcome, slicing: str, label: str) -> int:
    sums = outcome.slices[slicing]
    return int(sums.n_customers[sums.labels.index(label)])


def _number(value: float) -> JSON:
    """What is not known has no number."""
    return round(float(value), 6) if np.isfinite(value) else None
