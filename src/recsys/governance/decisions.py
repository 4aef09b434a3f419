"""Who decided which model serves, and what follows: what waits, what may serve again, what served on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from recsys.errors import ModelError, NotFoundError
from recsys.types import JSON

DecisionKind: TypeAlias = Literal["promoted", "refused", "waiting", "approved", "rejected", "rolled_back"]
VersionState: TypeAlias = Literal["live", "waiting", "rejected", "served before", "passed over", "registered"]
_LISTS = "`recsys models list` shows what waits and what has served."


@dataclass(frozen=True, slots=True)
class ModelDecision:
    """One decision: of the gate on a training, or of a person on a version.

    `model_version` is None where a challenger was refused and never registered. `live_version` serves from this moment
    on, None while nothing does. `data_date` is where the data of that version's training ended.
    """

    decision_id: int
    kind: DecisionKind
    model_version: int | None
    recipe_kind: str
    live_version: int | None
    live_kind: str | None
    run_id: str
    training_run_id: str
    data_date: date
    why: str
    decided_by: str
    decided_at: datetime

    def to_json(self) -> dict[str, JSON]:
        """For programs."""
        return {
            "decision_id": self.decision_id,
            "kind": self.kind,
            "model_version": self.model_version,
            "recipe_kind": self.recipe_kind,
            "live_version": self.live_version,
            "live_kind": self.live_kind,
            "run_id": self.run_id,
            "training_run_id": self.training_run_id,
            "data_date": self.data_date.isoformat(),
            "why": self.why,
            "decided_by": self.decided_by,
            "decided_at": self.decided_at.isoformat(),
        }


def in_words(kind: str, version: int | None) -> str:
    """A decision as a table of them says it: a version that is put back is named, for it is not the newest."""
    return f"put back {version}" if kind == "rolled_back" else kind


def version_in_words(number: int | None, kind: str | None) -> str:
    """Version and kind; a challenger that was refused has no number, and nothing at all may serve."""
    return f"{number} ({kind})" if number is not None else kind or ""


def waiting_version(decisions: Sequence[ModelDecision]) -> int | None:
    """The version that waits for approval: the newest one that passed the gate, unless somebody has decided on it."""
    about = [one for one in decisions if one.model_version is not None and one.kind != "refused"]
    newest = max((one.model_version or 0 for one in about), default=0)
    last = next((one for one in reversed(about) if one.model_version == newest), None)
    return newest if last is not None and last.kind == "waiting" else None


def check_waits(version: int, decisions: Sequence[ModelDecision]) -> None:
    """Raise `ModelError` where `version` is not what waits, and `NotFoundError` where nothing does."""
    waiting = waiting_version(decisions)
    if waiting == version:
        return
    if waiting is None:
        raise NotFoundError(f"Version {version} does not wait for approval: none does.", remedy=_LISTS)
    raise ModelError(
        f"Version {version} does not wait for approval; the newest challenger, version {waiting}, does.",
        remedy=f"Decide on version {waiting}. {_LISTS}",
    )


def version_to_go_back_to(wanted: int | None, decisions: Sequence[ModelDecision]) -> int:
    """The version that is to serve again: `wanted`, or the one that served before the one that serves.

    Raises `NotFoundError` where it has never served or nothing did before, `ModelError` where it serves.
    """
    served = [one.live_version for one in decisions if one.live_version is not None]
    live = served[-1] if served else None
    if wanted is None:
        before = next((version for version in reversed(served) if version != live), None)
        if before is None:
            raise NotFoundError("No version served before the one that serves.", remedy=_LISTS)
        return before
    if wanted == live:
        raise ModelError(f"Version {wanted} is the one that serves.", remedy=_LISTS)
    if wanted not in served:
        raise NotFoundError(f"Version {wanted} has never served, so nobody can go back to it.", remedy=_LISTS)
    return wanted


def state_of(version: int, decisions: Sequence[ModelDecision]) -> VersionState:
    """What became of a registered version; `registered` where no decision tells, as of versions older than those."""
    served = [one.live_version for one in decisions if one.live_version is not None]
    if served and served[-1] == version:
        return "live"
    if waiting_version(decisions) == version:
        return "waiting"
    kinds = {one.kind for one in decisions if one.model_version == version}
    if "rejected" in kinds:
        return "rejected"
    if version in served:
        return "served before"
    return "passed over" if "waiting" in kinds else "registered"


def live_on(day: date, decisions: Sequence[ModelDecision]) -> ModelDecision | None:
    """The decision by which the version served that was live at the end of `day` (UTC), None where nothing served.

    It is the first of the last decisions that all left the same version live.
    """
    standing: ModelDecision | None = None
    for one in decisions:
        if one.decided_at.date() > day:
            break
        if standing is None or one.live_version != standing.live_version:
            standing = one
    return standing if standing is not None and standing.live_version is not None else None
