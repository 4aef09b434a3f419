"""The champion/challenger gate: who serves, and why, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.bootstrap import Interval, paired_difference

FLOOR = "popularity"
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rankings:
    """What is compared: NDCG@5 (n,) per contestant, all on the same customers (n,) of the same folds.

    `barred` are contestants that are measured for comparison and may never serve.
    """

    ndcg: Mapping[str, Values]
    customers: NDArray[np.integer]
    seed: int
    barred: frozenset[str] = frozenset()

    def mean(self, name: str) -> float:
        """Mean NDCG@5 of a contestant."""
        return float(self.ndcg[name].mean())

    def difference(self, challenger: str, champion: str) -> Interval:
        """Paired bootstrap interval of the mean difference, customers resampled."""
        return paired_difference(self.ndcg[challenger], self.ndcg[champion], self.customers, self.seed)


@dataclass(frozen=True, slots=True)
class Reigning:
    """The champion: the contestant that is its recipe refitted on these folds, and its NDCG@5 above popularity's then.

    `recorded_gain` was measured on the folds of an earlier training; None where there was nothing to measure.
    """

    name: str
    recorded_gain: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """`winner` is the contestant to refit on everything and promote, None where the champion stays."""

    winner: str | None
    reason: str


def decide(rankings: Rankings, champion: Reigning | None, margin: float) -> Decision:
    """Who is to serve from now on.

    A first champion must beat popularity, the floor, with the lower bound of its interval; if nothing does, popularity
    itself serves. Later, another recipe must beat the champion's recipe, refitted on the same folds, in the same way
    (the champion's own vectors were fitted on the test's openings), and must not be below popularity. If none does, the
    champion's recipe is refitted on newer data, unless its gain over popularity is for certain (the whole interval)
    more than `margin` below the recorded one. Gains are compared, not NDCG: another month is easier or harder for both.
    """
    if not len(rankings.customers):
        return _without_test(champion)
    decision = _first(rankings) if champion is None else _next(rankings, champion, margin)
    return Decision(decision.winner, decision.reason + _barred_words(rankings, decision.winner))


def _without_test(champion: Reigning | None) -> Decision:
    if champion is None:
        return Decision(FLOOR, "The history is too short for a comparison, so popularity serves.")
    return Decision(None, "Nobody opened a product in the folds, so nothing can be compared; the champion stays.")


def _first(rankings: Rankings) -> Decision:
    best = _challenger(rankings, FLOOR)
    if best is None:
        return Decision(FLOOR, "No candidate ranks better than popularity, so popularity serves as first champion.")
    gained = rankings.difference(best, FLOOR)
    if gained.lower > 0:
        return Decision(best, f"First champion: {best} beats popularity: {_words(gained)}.")
    return Decision(
        FLOOR, f"No candidate beats popularity for certain, so popularity serves; best was {best}: {_words(gained)}."
    )


def _next(rankings: Rankings, champion: Reigning, margin: float) -> Decision:
    challenger = _challenger(rankings, champion.name)
    if challenger is not None:
        gained = rankings.difference(challenger, champion.name)
        if gained.lower > 0:
            return Decision(challenger, f"{challenger} beats the champion's recipe {champion.name}: {_words(gained)}.")
    return _same_recipe(rankings, champion, margin)


def _challenger(rankings: Rankings, champion: str) -> str | None:
    """The best other contestant that may serve: no worse than popularity on average, and better than the champion."""
    floor = max(rankings.mean(FLOOR), rankings.mean(champion))
    others = [
        name
        for name in rankings.ndcg.keys() - rankings.barred - {champion}
        if rankings.mean(name) > floor or (name == FLOOR and rankings.mean(name) >= floor)
    ]
    return max(sorted(others), key=rankings.mean, default=None)


def _same_recipe(rankings: Rankings, champion: Reigning, margin: float) -> Decision:
    gain = rankings.difference(champion.name, FLOOR)
    if gain.mean < 0:
        return Decision(
            None,
            f"The champion stays: refitted, {champion.name} ranks below popularity, which does not beat it for certain "
            f"either: {_words(gain)}.",
        )
    before = champion.recorded_gain
    if before is not None and gain.upper < before - margin:
        return Decision(
            None,
            f"The champion stays: refitted on newer data, {champion.name} falls from {before:+.4f} above popularity by "
            f"more than the margin of {margin:g}: {_words(gain)}.",
        )
    past = "" if before is None else f" (was {before:+.4f})"
    return Decision(
        champion.name,
        f"No other recipe beats {champion.name}; refitted on newer data, against popularity: {_words(gain)}{past}.",
    )


def _barred_words(rankings: Rankings, winner: str | None) -> str:
    """Why a contestant that ranked higher than the winner does not serve."""
    limit = (
        rankings.mean(winner) if winner else max(rankings.mean(name) for name in rankings.ndcg.keys() - rankings.barred)
    )
    better = sorted(name for name in rankings.barred & rankings.ndcg.keys() if rankings.mean(name) > limit)
    return "".join(
        f" {name} (NDCG@5 {rankings.mean(name):.4f}) was left out: it keeps a vector per customer, so it may not serve."
        for name in better
    )


def _words(interval: Interval) -> str:
    share = f"{interval.level:.0%}"
    return f"NDCG@5 {interval.mean:+.4f}, {share} interval {interval.lower:+.4f} to {interval.upper:+.4f}"
