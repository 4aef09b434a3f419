"""Carrying out what the gate said of a training: register what passed, write it down once, and let it serve or wait."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from recsys.evaluation.gate import FLOOR
from recsys.features.storage import program_schema
from recsys.governance.decisions import DecisionKind, ModelDecision
from recsys.io.model_decisions import note_verdict, read_decisions, read_verdict
from recsys.io.registry import ALIAS, WAITING_ALIAS, Champion, Registry, Unreadable, Version
from recsys.models.recipe import Recipe
from recsys.steps.context import StepContext
from recsys.steps.model_card import renew_cards
from recsys.types import JSON, StepResult

# What became of a version with its training, as its tag says: it was promoted, waits, or serves while another waits.
VERDICT = "verdict"
_PROMOTED, _WAITING, _STANDS_IN = "promoted", "waiting", "stands_in"


@dataclass(frozen=True)
class Trained:
    """A training that is judged: its run in MLflow, where its data ended, and the champion that it found."""

    run_id: str
    data_date: date
    champion: Champion | Unreadable | None

    @property
    def reigns(self) -> Champion | None:
        """The champion, where it can serve with this version's features."""
        champion = self.champion
        is_fit = isinstance(champion, Champion) and champion.bundle.schema == program_schema()
        return champion if is_fit and isinstance(champion, Champion) else None


# Fits the contestant of that name for serving, registers it with the tags that are given, and returns its version.
Register = Callable[[str, Mapping[str, str]], Version]


def earlier_verdict(context: StepContext, registry: Registry, trained: Trained) -> StepResult | None:
    """What an earlier attempt at this step came to; one that was cut off while it wrote that down is finished."""
    with context.connect() as connection:
        verdict = read_verdict(connection, trained.run_id)
    if verdict is not None:
        return _told(verdict, 0)
    if not isinstance(trained.champion, Champion) or trained.champion.tags.get("training_run_id") != trained.run_id:
        return None
    mine = _registered(registry, trained)
    judged = mine.get(_PROMOTED) or mine[_WAITING]
    return _write_down(context, registry, trained, judged, registry.find_version(trained.champion.version))


def refuse(context: StepContext, registry: Registry, trained: Trained, kind: str, reason: str) -> StepResult:
    """The champion stays; `kind` is what was judged and not even registered."""
    champion = trained.champion
    with context.connect() as connection:
        note_verdict(
            connection,
            "refused",
            judged=(None, kind),
            live=(int(champion.version), _kind_of(champion)) if champion else (None, None),
            run_id=context.run.run_id,
            training_run_id=trained.run_id,
            data_date=trained.data_date,
            why=reason,
        )
        renew_cards(registry, read_decisions(connection))
        verdict = read_verdict(connection, trained.run_id)
    assert verdict is not None
    return _told(verdict, 0)


def promote(
    context: StepContext,
    registry: Registry,
    trained: Trained,
    winner: str,
    recipes: Mapping[str, Recipe],
    reason: str,
    register: Register,
) -> StepResult:
    """Register the contestant that passed the gate. It serves at once or, where somebody has to approve it, waits.

    While the first challenger of an installation waits, popularity serves, so that there is something to
    publish. Popularity itself has nothing to wait for then.
    """
    reigns = trained.reigns
    must_wait = context.run.require_approval or context.settings.require_approval
    waits = must_wait and (reigns is not None or recipes[winner].kind != FLOOR)
    mine = _registered(registry, trained)
    verdict = _WAITING if waits else _PROMOTED
    judged = mine.get(verdict) or register(winner, {VERDICT: verdict, "reason": reason})
    if not waits:
        live = judged
    elif reigns is not None:
        live = registry.find_version(reigns.version)
    else:
        meanwhile = f"Popularity serves while version {judged.version} waits for approval: nothing served before."
        live = mine.get(_STANDS_IN) or register(FLOOR, {VERDICT: _STANDS_IN, "reason": meanwhile})
    return _write_down(context, registry, trained, judged, live)


def _write_down(
    context: StepContext, registry: Registry, trained: Trained, judged: Version, live: Version
) -> StepResult:
    kind: DecisionKind = "promoted" if judged.version == live.version else "waiting"
    reason = judged.tags["reason"]
    if kind == "waiting":
        reason += (
            f" Version {judged.version} waits for `recsys models approve {judged.version} --by NAME --because TEXT`;"
            f" version {live.version} ({recipe_kind(live)}) serves."
        )
    with context.connect() as connection:
        note_verdict(
            connection,
            kind,
            judged=(int(judged.version), recipe_kind(judged)),
            live=(int(live.version), recipe_kind(live)),
            run_id=context.run.run_id,
            training_run_id=trained.run_id,
            data_date=trained.data_date,
            why=reason,
        )
        decisions, concerned = read_decisions(connection), {one.version: one for one in (judged, live)}
        renew_cards(registry, decisions)
        # Before the commit: what is written down is in force. Killed in between, the step finds out when it runs again.
        registry.set_alias(ALIAS, live.version)
        if kind == "waiting":
            registry.set_alias(WAITING_ALIAS, judged.version)
        else:
            registry.drop_alias(WAITING_ALIAS)
    n_registered = sum(one.tags.get("training_run_id") == trained.run_id for one in concerned.values())
    return _told(next(one for one in decisions if one.training_run_id == trained.run_id), n_registered)


def recipe_kind(version: Version) -> str:
    """The kind of a registered version's recipe."""
    return str(json.loads(version.tags["recipe"])["kind"])


def _kind_of(champion: Champion | Unreadable) -> str:
    return champion.bundle.recipe.kind if isinstance(champion, Champion) else "unreadable"


def _registered(registry: Registry, trained: Trained) -> dict[str, Version]:
    """What an earlier attempt has registered of this training, card and all, by verdict."""
    return {
        one.tags[VERDICT]: one
        for one in registry.list_versions()
        if one.tags.get("training_run_id") == trained.run_id and VERDICT in one.tags
    }


def _told(verdict: ModelDecision, n_registered: int) -> StepResult:
    details: dict[str, JSON] = {
        "promoted": verdict.kind == "promoted",
        "decision": verdict.kind,
        "reason": verdict.why,
        "as_of": verdict.data_date.isoformat(),
        "champion": None if verdict.live_version is None else str(verdict.live_version),
    }
    if verdict.model_version is not None:
        details |= {"version": str(verdict.model_version), "kind": verdict.recipe_kind}
    return StepResult(n_registered, details)
