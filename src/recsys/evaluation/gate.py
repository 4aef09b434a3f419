"""The champion/challenger gate: who serves, and why, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.bootstrap import Interval, Resampling

FLOOR = "popularity"
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Rankings:
    """What is compared: NDCG@5 (n,) per contestant, all on the same customers (n,) of the same outer folds.

    `barred` says of contestants that are measured for comparison and may not serve why that is so.
    """

    ndcg: Mapping[str, Values]
    customers: NDArray[np.integer]
    seed: int
    barred: Mapping[str, str] = field(default_factory=dict)

    def mean(self, name: str) -> float:
        """Mean NDCG@5 of a contestant."""
        return float(self.ndcg[name].mean())

    @cached_property
    def resampling(self) -> Resampling:
        """The draws of these customers; one for all intervals, also those of a part of them."""
        return Resampling(self.customers, self.seed)

    def difference(self, challenger: str, champion: str, among: NDArray[np.bool_] | None = None) -> Interval:
        """Paired bootstrap interval of the mean difference of all rows, or `among` some (n,); customers resampled."""
        ndcg = self.ndcg[challenger]
        return self.resampling.difference(ndcg if among is None else np.where(among, ndcg, np.nan), self.ndcg[champion])


@dataclass(frozen=True, slots=True)
class Reigning:
    """The champion: the contestant that is its recipe refitted on these folds, and its NDCG@5 above popularity's then.

    `recorded_gain` was measured on the folds of an earlier training; None where there was nothing to measure. `data` is
    what this training has against the one that the champion came from.
    """

    name: str
    recorded_gain: float | None
    data: Literal["newer", "other", "the same"] = "newer"


@dataclass(frozen=True, slots=True)
class Decision:
    """`winner` is the contestant to refit on everything and promote, None where the champion stays."""

    winner: str | None
    reason: str


def decide(
    rankings: Rankings,
    challenger: str,
    champion: Reigning | None,
    margin: float,
    broken: Mapping[str, Sequence[str]] | None = None,
) -> Decision:
    """Who is to serve from now on: the `challenger` that the inner folds chose, the champion's recipe, or popularity.

    A first champion must beat popularity, the floor, with the lower bound of its interval; if it does not, popularity
    itself serves. Later, the challenger must beat the champion's recipe, refitted on the same folds, in the same way
    (the champion's own vectors were fitted on the test's openings), and must not be below popularity; where that recipe
    could not be fitted, it must beat popularity. Else the champion's recipe is refitted on the data of this training,
    unless its gain over popularity is for certain (the whole interval) more than `margin` below the recorded one. Gains
    are compared, not NDCG: another month is easier or harder for both.

    `broken` holds the guardrails that a contestant breaks, as sentences; such a one is not promoted. The floor is never
    barred: it is what is left when all else is.
    """
    if not len(rankings.customers):
        return _without_test(champion)
    rails = broken or {}
    if champion is None:
        decision = _first(rankings, challenger, rails)
    else:
        decision = _next(rankings, challenger, champion, margin, rails)
    return Decision(decision.winner, decision.reason + _barred_words(rankings, decision.winner))


def _without_test(champion: Reigning | None) -> Decision:
    if champion is None:
        return Decision(FLOOR, "The history is too short for a comparison, so popularity serves.")
    return Decision(None, "Nobody opened a product in the folds, so nothing can be compared; the champion stays.")


def _first(rankings: Rankings, challenger: str, rails: Mapping[str, Sequence[str]]) -> Decision:
    if challenger == FLOOR:
        return Decision(FLOOR, "No candidate ranks better than popularity, so popularity serves as first champion.")
    if obstacle := _obstacle(rankings, challenger, rails):
        return Decision(FLOOR, f"Popularity serves as first champion: {obstacle}.")
    gained = rankings.difference(challenger, FLOOR)
    if gained.lower > 0:
        return Decision(challenger, f"First champion: {challenger} beats popularity: {_words(gained)}.")
    return Decision(
        FLOOR, f"{challenger} does not beat popularity for certain, so popularity serves: {_words(gained)}."
    )


def _next(
    rankings: Rankings, challenger: str, champion: Reigning, margin: float, rails: Mapping[str, Sequence[str]]
) -> Decision:
    lost = ""
    if challenger != champion.name:
        won, lost = _against_champion(rankings, challenger, champion.name, rails)
        if won:
            return Decision(challenger, won)
    if champion.name in rankings.ndcg and champion.name != FLOOR:
        floor = rankings.difference(FLOOR, champion.name)
        if floor.lower > 0:
            return Decision(FLOOR, f"{lost}{FLOOR} beats the champion's recipe {champion.name}: {_words(floor)}.")
    stays = _same_recipe(rankings, champion, margin, rails)
    return Decision(stays.winner, lost + stays.reason)


def _against_champion(
    rankings: Rankings, challenger: str, champion: str, rails: Mapping[str, Sequence[str]]
) -> tuple[str, str]:
    """Why the challenger wins, and why it does not: one of the two is empty."""
    if obstacle := _obstacle(rankings, challenger, rails):
        return "", f"{obstacle[0].upper()}{obstacle[1:]}. "
    if champion not in rankings.ndcg:
        return _against_floor(rankings, challenger, champion)
    gained = rankings.difference(challenger, champion)
    if gained.lower > 0 and rankings.mean(challenger) >= rankings.mean(FLOOR):
        return f"{challenger} beats the champion's recipe {champion}: {_words(gained)}.", ""
    return "", f"The challenger {challenger} does not beat {champion} for certain: {_words(gained)}. "


def _against_floor(rankings: Rankings, challenger: str, champion: str) -> tuple[str, str]:
    """The same of a champion that cannot be compared: what would follow it must beat popularity, like a first one."""
    if challenger == FLOOR:
        return "", ""
    gained = rankings.difference(challenger, FLOOR)
    if gained.lower > 0:
        return (
            f"{challenger} follows a champion whose recipe {champion} could not be fitted on the folds: it beats "
            f"popularity: {_words(gained)}.",
            "",
        )
    return "", f"The challenger {challenger} does not beat popularity for certain: {_words(gained)}. "


def reference_of(rankings: Rankings, champion: Reigning | None) -> str:
    """The contestant that a challenger is measured against: the champion's recipe where it was fitted, or the floor."""
    return champion.name if champion is not None and champion.name in rankings.ndcg else FLOOR


def _obstacle(rankings: Rankings, name: str, rails: Mapping[str, Sequence[str]]) -> str | None:
    """Why a contestant may not serve however well it ranks."""
    if name not in rankings.ndcg:
        return f"the challenger {name} could not be fitted on the outer folds"
    if name in rankings.barred:
        return f"the challenger {name} may not serve: {rankings.barred[name]}"
    if name != FLOOR and rails.get(name):
        return f"the challenger {name} breaks guardrails: {'; '.join(rails[name])}"
    return None


def _same_recipe(rankings: Rankings, champion: Reigning, margin: float, rails: Mapping[str, Sequence[str]]) -> Decision:
    name = champion.name
    if name not in rankings.ndcg:
        return Decision(None, f"The champion stays: its recipe {name} could not be fitted on the folds.")
    if name in rankings.barred and name != FLOOR:
        return Decision(None, f"The champion stays as it is: {name} may not be refitted: {rankings.barred[name]}.")
    if name != FLOOR and rails.get(name):
        return Decision(None, f"The champion stays as it is: refitted, {name} breaks {'; '.join(rails[name])}.")
    gain = rankings.difference(name, FLOOR)
    if gain.mean < 0:
        return Decision(
            None,
            f"The champion stays: refitted, {name} ranks below popularity, which does not beat it for certain "
            f"either: {_words(gain)}.",
        )
    before = champion.recorded_gain
    if before is not None and gain.upper < before - margin:
        return Decision(
            None,
            f"The champion stays: refitted on {champion.data} data, {name} falls from {before:+.4f} above popularity "
            f"by more than the margin of {margin:g}: {_words(gain)}.",
        )
    past = "" if before is None else f" (was {before:+.4f})"
    return Decision(name, f"{name} is refitted on {champion.data} data, against popularity: {_words(gain)}{past}.")


def _barred_words(rankings: Rankings, winner: str | None) -> str:
    """Why a contestant that ranked higher than the winner does not serve."""
    free = rankings.ndcg.keys() - rankings.barred.keys()
    is_known = winner is not None and winner in rankings.ndcg
    limit = rankings.mean(str(winner)) if is_known else max(map(rankings.mean, free), default=0.0)
    better = sorted(name for name in rankings.barred if name in rankings.ndcg and rankings.mean(name) > limit)
    return "".join(
        f" {name} (NDCG@5 {rankings.mean(name):.4f}) was left out: {rankings.barred[name]}." for name in better
    )


def _words(interval: Interval) -> str:
    share = f"{interval.level:.0%}"
    return f"NDCG@5 {interval.mean:+.4f}, {share} interval {interval.lower:+.4f} to {interval.upper:+.4f}"
