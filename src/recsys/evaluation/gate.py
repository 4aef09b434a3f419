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
class Contest:
    """The rankings that are compared: NDCG@5 (n,) per contestant, all on the same customers (n,) of the same folds."""

    ndcg: Mapping[str, Values]
    customers: NDArray[np.integer]
    seed: int

    def mean(self, name: str) -> float:
        """Mean NDCG@5 of a contestant."""
        return float(self.ndcg[name].mean())

    def difference(self, challenger: str, champion: str) -> Interval:
        """Paired bootstrap interval of the mean difference, customers resampled."""
        return paired_difference(self.ndcg[challenger], self.ndcg[champion], self.customers, self.seed)


@dataclass(frozen=True, slots=True)
class Reigning:
    """The champion: the contestant that is its recipe refitted on these folds, and the NDCG@5 it was promoted with."""

    name: str
    recorded_ndcg: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """`winner` is the contestant to refit on everything and promote, None where the champion stays."""

    winner: str | None
    reason: str


def decide(contest: Contest, champion: Reigning | None, margin: float) -> Decision:
    """Who is to serve from now on.

    A first champion must beat popularity, the floor, with the lower bound of its interval; if nothing does, popularity
    itself serves. Later, another recipe must beat the champion's recipe, refitted on the same folds, in the same way
    (the champion's own vectors were fitted on the test's openings), and must not be below popularity. If none does, the
    champion's recipe is refitted on newer data, unless it lost more than `margin` of the NDCG@5 it was promoted with.
    """
    if not len(contest.customers):
        return _without_test(champion)
    if champion is None:
        return _first(contest)
    challenger = _challenger(contest, champion.name)
    if challenger is not None:
        gained = contest.difference(challenger, champion.name)
        if gained.lower > 0:
            return Decision(challenger, f"{challenger} beats the champion's recipe {champion.name}: {_words(gained)}.")
    return _same_recipe(contest, champion, margin)


def _without_test(champion: Reigning | None) -> Decision:
    if champion is None:
        return Decision(FLOOR, "The history is too short for a comparison, so popularity serves.")
    return Decision(None, "Nobody opened a product in the folds, so nothing can be compared; the champion stays.")


def _first(contest: Contest) -> Decision:
    best = _challenger(contest, FLOOR)
    if best is None:
        return Decision(FLOOR, "No candidate ranks better than popularity, so popularity serves as first champion.")
    gained = contest.difference(best, FLOOR)
    if gained.lower > 0:
        return Decision(best, f"First champion: {best} beats popularity: {_words(gained)}.")
    return Decision(
        FLOOR, f"No candidate beats popularity for certain, so popularity serves; best was {best}: {_words(gained)}."
    )


def _challenger(contest: Contest, champion: str) -> str | None:
    """The best other contestant that is no worse than popularity on average, and better than the champion."""
    floor = max(contest.mean(FLOOR), contest.mean(champion))
    others = [
        name
        for name in contest.ndcg
        if name != champion and (contest.mean(name) > floor or (name == FLOOR and contest.mean(name) >= floor))
    ]
    return max(others, key=contest.mean, default=None)


def _same_recipe(contest: Contest, champion: Reigning, margin: float) -> Decision:
    now = contest.mean(champion.name)
    if now < contest.mean(FLOOR):
        return Decision(
            None,
            f"The champion stays: refitted, {champion.name} has NDCG@5 {now:.4f}, below popularity's "
            f"{contest.mean(FLOOR):.4f}, which does not beat it for certain either.",
        )
    before = champion.recorded_ndcg
    if before is not None and now < before - margin:
        return Decision(
            None,
            f"The champion stays: refitted on newer data, {champion.name} falls from NDCG@5 {before:.4f} to {now:.4f}, "
            f"more than the margin of {margin:g}.",
        )
    past = "" if before is None else f" (was {before:.4f})"
    return Decision(
        champion.name, f"No other recipe beats {champion.name}; refitted on newer data, NDCG@5 {now:.4f}{past}."
    )


def _words(interval: Interval) -> str:
    share = f"{interval.level:.0%}"
    return f"NDCG@5 {interval.mean:+.4f}, {share} interval {interval.lower:+.4f} to {interval.upper:+.4f}"
