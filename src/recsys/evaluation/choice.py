"""Which candidate goes to the gate: chosen on inner folds, which judge nobody."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from recsys.evaluation.gate import FLOOR

# What goes to the gate where no inner fold could choose: it needs no history of a customer, and the gate still judges.
DEFAULT_CHALLENGER = "inductive"


@dataclass(frozen=True, slots=True)
class Choice:
    """The one challenger of a training, and why."""

    challenger: str
    reason: str


def choose(inner_ndcg: Mapping[str, float], barred: Collection[str], competing: Collection[str]) -> Choice:
    """The candidate with the highest mean NDCG@5 on the inner folds among those that may serve.

    `inner_ndcg` is empty where the history is too short for an inner fold. Popularity is the floor: where nothing ranks
    above it, it is the challenger itself. Of equal candidates the one that comes first in `inner_ndcg` is chosen.
    """
    may_serve = {name: value for name, value in inner_ndcg.items() if name not in barred}
    if not may_serve:
        name = DEFAULT_CHALLENGER if DEFAULT_CHALLENGER in competing else FLOOR
        return Choice(name, f"{name} is the challenger by default: no inner fold could choose one.")
    best = max(may_serve, key=lambda name: may_serve[name])
    floor = may_serve.get(FLOOR)
    if floor is not None and may_serve[best] <= floor:
        return Choice(FLOOR, f"On the inner folds nothing ranks above popularity (NDCG@5 {floor:.4f}).")
    others = sorted((name for name in may_serve if name != best), key=lambda name: -may_serve[name])
    next_best = f", then {others[0]} with {may_serve[others[0]]:.4f}" if others else ""
    return Choice(best, f"{best} ranks best on the inner folds: NDCG@5 {may_serve[best]:.4f}{next_best}.")
