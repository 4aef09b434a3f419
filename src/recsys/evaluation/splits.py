"""Where in time models are compared: which folds choose, which only judge, and what is known at a date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsys.types import JSON

# Outer folds judge, inner folds choose; of a short history fewer, and at least one that judges.
N_OUTER, N_INNER = 3, 2
HORIZON_DAYS = 60
SNAPSHOT_HORIZON_DAYS = 1
# Of a snapshot: share of the owners of two or more of whom one product is held out, for the outer and the inner fold.
HELD_OUT_SHARE = 0.2

Days: TypeAlias = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Fold:
    """One comparison in time: what is known at the end of `origin`, tested on the openings in (origin, end]."""

    origin: date
    end: date
    is_inner: bool = False

    @property
    def is_snapshot(self) -> bool:
        """Whether its test is what was held out of a snapshot: of some customers one product."""
        return (self.end - self.origin).days == SNAPSHOT_HORIZON_DAYS


@dataclass(frozen=True, slots=True)
class Split:
    """All folds of one training, the oldest first. The same description makes the same sets of the same data.

    `seed` chooses, in a snapshot, of whom a product is held out and which, of `held_out_share` of the owners of two or
    more for each fold.
    """

    folds: tuple[Fold, ...]
    history: str
    seed: int
    held_out_share: float = HELD_OUT_SHARE

    @property
    def inner(self) -> tuple[Fold, ...]:
        """The folds that choose, tune and calibrate."""
        return tuple(fold for fold in self.folds if fold.is_inner)

    @property
    def outer(self) -> tuple[Fold, ...]:
        """The folds that only judge: none of them begins before an inner fold has ended."""
        return tuple(fold for fold in self.folds if not fold.is_inner)

    @property
    def origins(self) -> tuple[date, ...]:
        """Feature dates that it needs, ascending."""
        return tuple(fold.origin for fold in self.folds)

    @property
    def horizon_days(self) -> int:
        """Days that each fold tests."""
        return SNAPSHOT_HORIZON_DAYS if self.history == "snapshot" else HORIZON_DAYS

    @property
    def name(self) -> str:
        """Twelve hex digits that two equal splits share."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:12]

    def to_json(self) -> dict[str, JSON]:
        """Its description, which `split_of` reads."""
        folds: list[JSON] = [
            {"origin": fold.origin.isoformat(), "end": fold.end.isoformat(), "is_inner": fold.is_inner}
            for fold in self.folds
        ]
        return {
            "history": self.history,
            "seed": self.seed,
            "held_out_share": self.held_out_share,
            "folds": folds,
        }


def split_of(values: Mapping[str, Any]) -> Split:
    """The split that `Split.to_json` described."""
    folds = tuple(
        Fold(date.fromisoformat(one["origin"]), date.fromisoformat(one["end"]), one["is_inner"])
        for one in values["folds"]
    )
    return Split(folds, values["history"], values["seed"], values["held_out_share"])


def plan_split(
    as_of: date, history: str, first_event: date | None, seed: int, horizon_days: int = HORIZON_DAYS
) -> Split:
    """The folds of a feed whose first dated opening is `first_event`; each origin needs one horizon of history.

    Rolling origin: folds are laid backwards from `as_of`, so that the last one tests the newest openings, and none
    overlaps the next. The newest judge, the ones before them choose (`N_OUTER`, `N_INNER`).

    A snapshot has no dates. Its two folds are made by dating: the marts date what is held out for the outer fold
    `as_of`, what is held out for the inner one the day before, and everything else two days before.

    >>> [fold.origin.isoformat() for fold in plan_split(date(2024, 12, 31), "events", date(2024, 7, 1), 7).folds]
    ['2024-09-02', '2024-11-01']
    >>> [fold.is_inner for fold in plan_split(date(2024, 12, 31), "snapshot", None, 7).folds]
    [True, False]
    """
    if history == "snapshot":
        n_inner, n_folds, horizon = 1, 2, timedelta(days=SNAPSHOT_HORIZON_DAYS)
    else:
        horizon = timedelta(days=horizon_days)
        n_folds = 0 if first_event is None else min(N_OUTER + N_INNER, max(0, (as_of - first_event) // horizon - 1))
        n_inner = max(n_folds - N_OUTER, min(n_folds - 1, 1), 0)
    origins = [as_of - horizon * back for back in range(n_folds, 0, -1)]
    folds = tuple(Fold(origin, origin + horizon, place < n_inner) for place, origin in enumerate(origins))
    return Split(folds, history, seed)


def is_on_sale(launched: Days, withdrawn: Days, day: date) -> NDArray[np.bool_]:
    """Whether each product is on sale on `day`; NaT means without such a limit."""
    at = np.datetime64(day, "D")
    on_sale: NDArray[np.bool_] = (np.isnat(launched) | (launched <= at)) & (np.isnat(withdrawn) | (withdrawn > at))
    return on_sale


def is_in_test(opened: Days, fold: Fold) -> NDArray[np.bool_]:
    """Whether each opening falls into the test of `fold`: after its origin, up to and including its end."""
    in_test: NDArray[np.bool_] = (opened > np.datetime64(fold.origin, "D")) & (opened <= np.datetime64(fold.end, "D"))
    return in_test
