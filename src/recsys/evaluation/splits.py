"""Where in time models are compared: fold origins and what is known at a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

N_FOLDS = 3
HORIZON_DAYS = 60
SNAPSHOT_HORIZON_DAYS = 1

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


def fold_origins(
    as_of: date, history: str, first_event: date | None, n_folds: int = N_FOLDS, horizon_days: int = HORIZON_DAYS
) -> tuple[date, ...]:
    """Origins of the folds, ascending; each origin's horizon ends on or before `as_of` and none overlaps the next.

    Folds are laid backwards from `as_of`, so that the last one tests the newest openings. An origin needs at least
    one horizon of history before it (`first_event` is the first dated opening), so a short history has fewer folds,
    down to none. A snapshot has no dates: its single origin is the day before `as_of`, because the marts date the
    one held-out holding of each person `as_of` and all others a day earlier.

    >>> fold_origins(date(2024, 12, 31), "events", date(2023, 1, 1), n_folds=2, horizon_days=30)
    (datetime.date(2024, 11, 1), datetime.date(2024, 12, 1))
    >>> fold_origins(date(2024, 12, 31), "snapshot", None)
    (datetime.date(2024, 12, 30),)
    """
    if history == "snapshot":
        return (as_of - timedelta(days=SNAPSHOT_HORIZON_DAYS),)
    if first_event is None:
        return ()
    horizon = timedelta(days=horizon_days)
    origins = (as_of - horizon * back for back in range(n_folds, 0, -1))
    return tuple(origin for origin in origins if origin - first_event >= horizon)


def folds_of(
    as_of: date, history: str, first_event: date | None, n_folds: int = N_FOLDS, horizon_days: int = HORIZON_DAYS
) -> tuple[Fold, ...]:
    """The folds that begin at `fold_origins`, each with the last day of its test."""
    days = SNAPSHOT_HORIZON_DAYS if history == "snapshot" else horizon_days
    origins = fold_origins(as_of, history, first_event, n_folds, horizon_days)
    return tuple(Fold(origin, origin + timedelta(days=days)) for origin in origins)


def is_on_sale(launched: Days, withdrawn: Days, day: date) -> NDArray[np.bool_]:
    """Whether each product is on sale on `day`; NaT means without such a limit."""
    at = np.datetime64(day, "D")
    on_sale: NDArray[np.bool_] = (np.isnat(launched) | (launched <= at)) & (np.isnat(withdrawn) | (withdrawn > at))
    return on_sale


def is_in_test(opened: Days, fold: Fold) -> NDArray[np.bool_]:
    """Whether each opening falls into the test of `fold`: after its origin, up to and including its end."""
    in_test: NDArray[np.bool_] = (opened > np.datetime64(fold.origin, "D")) & (opened <= np.datetime64(fold.end, "D"))
    return in_test
