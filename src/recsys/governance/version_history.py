"""What became of one version, as its card tells it: status, who let it serve, and every decision that concerns it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recsys.governance.card_facts import CardDecision
from recsys.governance.decisions import ModelDecision, state_of, waiting_version

_STARTED = {
    "promoted": "champion by the gate",
    "approved": "champion, approved",
    "rolled_back": "champion, put back",
    "waiting": "serves until another version is approved",
}
# What was done to a version, or to the one that serves in its place.
_DONE = {"rolled_back": "put back"}


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """`status` is today's, `approved_by` in words; `decisions` also those on others that ended or kept its service."""

    status: str
    approved_by: str
    decisions: tuple[CardDecision, ...]


def history_of(version: int, decisions: Sequence[ModelDecision]) -> VersionHistory:
    """The history of `version` after `decisions`, the oldest first, which are those on all versions."""
    told = tuple(
        CardDecision(words, one.decided_by, one.decided_at.isoformat(), one.why)
        for one, words in _concerning(version, decisions)
    )
    return VersionHistory(_status(version, decisions), _approved_by(version, decisions), told)


def _concerning(version: int, decisions: Sequence[ModelDecision]) -> Iterator[tuple[ModelDecision, str]]:
    """The decisions that concern a version, and what each did to it."""
    live: int | None = None
    newest, waits = 0, False
    for one in decisions:
        before, live = live, one.live_version or live
        if one.model_version == version:
            yield one, _DONE.get(one.kind, one.kind)
        elif live == version:
            yield one, _went_on(one, is_new=before is None)
        elif before == version:
            yield one, f"version {live} serves instead: {_DONE.get(one.kind, one.kind)}"
        elif waits and newest == version and (one.model_version or 0) > version:
            yield one, f"passed over for version {one.model_version}"
        if one.model_version is not None and one.model_version >= newest:
            newest, waits = one.model_version, one.kind == "waiting"


def _went_on(decision: ModelDecision, *, is_new: bool) -> str:
    if decision.kind == "refused":
        return "serves on: a challenger was refused"
    if decision.kind == "rejected":
        return f"serves on: version {decision.model_version} rejected"
    return f"serves{'' if is_new else ' on'} while version {decision.model_version} waits"


def _status(version: int, decisions: Sequence[ModelDecision]) -> str:
    state, waiting = state_of(version, decisions), waiting_version(decisions)
    live = next((one.live_version for one in reversed(decisions) if one.live_version is not None), None)
    if state == "live":
        others_wait = "" if waiting is None else f"; version {waiting} waits for approval"
        return f"{_STARTED[_start(version, decisions).kind]}{others_wait}"
    if state == "served before":
        return f"served until {_end(version, decisions).decided_at:%Y-%m-%d}; version {live} serves now"
    words = {
        "waiting": f"waits for approval; version {live} serves",
        "rejected": "rejected; it never serves",
        "passed over": "passed over: a newer version came before anybody decided on it; it never served",
    }
    return words.get(state, "registered")


def _approved_by(version: int, decisions: Sequence[ModelDecision]) -> str:
    last = {one.kind: one for one in decisions if one.model_version == version}
    by_persons = [
        f"{prefix}{one.decided_by}, {one.decided_at:%Y-%m-%d}: {one.why}"
        for one, prefix in ((last.get("approved"), ""), (last.get("rolled_back"), "put back by "))
        if one is not None
    ]
    if "promoted" in last:
        return "; ".join(["nobody was asked: the gate promoted it", *by_persons])
    if "rejected" in last:
        return f"nobody: rejected by {last['rejected'].decided_by}"
    if by_persons and "waiting" in last:
        return "; ".join(by_persons)
    if "waiting" in last:
        return "nobody yet" if waiting_version(decisions) == version else "nobody"
    if any(one.live_version == version for one in decisions):
        return "; ".join(["nobody was asked: it serves where nothing is approved", *by_persons])
    return "nobody: no decision on it is written down"


def _start(version: int, decisions: Sequence[ModelDecision]) -> ModelDecision:
    """The decision by which a version that serves began to."""
    return next(now for before, now in reversed(_changes(decisions)) if now.live_version == version != before)


def _end(version: int, decisions: Sequence[ModelDecision]) -> ModelDecision:
    """The decision by which a version that served last ceased to."""
    return next(now for before, now in reversed(_changes(decisions)) if before == version != now.live_version)


def _changes(decisions: Sequence[ModelDecision]) -> list[tuple[int | None, ModelDecision]]:
    """What served before, and the decision that let another version serve."""
    changes: list[tuple[int | None, ModelDecision]] = []
    live: int | None = None
    for one in decisions:
        if one.live_version is not None and one.live_version != live:
            changes.append((live, one))
            live = one.live_version
    return changes
