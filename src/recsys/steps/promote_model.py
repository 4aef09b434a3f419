"""Register the best candidate and make it champion if it passes the gate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Literal

from recsys.errors import RunError
from recsys.evaluation.gate import FLOOR, Rankings, Reigning, decide, reference_of
from recsys.evaluation.guardrails import Limits, broken_rails, worse_slices
from recsys.features.storage import program_schema
from recsys.io.model_cards import with_card, write_card
from recsys.io.postgres import Connection, read_key_versions
from recsys.io.registry import KEY_VERSION, Champion, Registry, Unreadable, Version
from recsys.io.runs import read_step_details
from recsys.io.tracking import open_tracking
from recsys.io.training_runs import TRAIN_AGAIN
from recsys.io.trainings import read_marts_feed
from recsys.models.candidates import candidate_of
from recsys.settings import Settings
from recsys.steps.context import StepContext
from recsys.steps.model_card import card_facts
from recsys.steps.training.candidate_report import params_of
from recsys.steps.training.gate_facts import GateFacts, facts_of_training
from recsys.steps.training.refitting import refit
from recsys.steps.verdict import VERDICT, Trained, earlier_verdict, promote, refuse
from recsys.types import JSON, StepResult

_GAIN, _GAIN_SEEN, _SEEN_IN = "ndcg_gain", "ndcg_gain_seen", "ndcg_gain_seen_in"


def promote_model(context: StepContext) -> StepResult:
    """Compare, decide, refit the winner on data up to `as_of`, register it, and say why."""
    with context.connect() as connection:
        trained = read_step_details(connection, context.run.run_id, "train_models")
        if trained is None:
            raise RunError("Nothing was trained in this run.", remedy="Run train_models first.")
        if "skipped" in trained:
            return StepResult(0, {"skipped": f"nothing was trained: {trained['skipped']}"})
        _check_same_data(connection, trained)
    return _promote(context, trained)


def _promote(context: StepContext, noted: dict[str, JSON]) -> StepResult:
    tracking = open_tracking(context.settings, context.database)
    registry = Registry(tracking)
    champion = registry.find_champion()
    training_id = str(noted["mlflow_run_id"])
    trained = Trained(training_id, date.fromisoformat(str(noted["as_of"])), champion)
    if done := earlier_verdict(context, registry, trained):
        return done
    facts = facts_of_training(tracking, training_id)
    recipes, rankings, challenger = facts.recipes, facts.rankings, facts.choice.challenger
    reigning = _reigning(champion, facts, noted)
    broken = _broken(facts, reference_of(rankings, reigning), context.settings)
    decision = decide(rankings, challenger, reigning, context.settings.promotion_margin, broken)
    tracking.set_tags(training_id, {"decision": decision.reason, "promoted": decision.winner or "none"})
    if decision.winner is None:
        assert isinstance(champion, Champion)
        assert reigning is not None
        _note_refusal(registry, champion, rankings, reigning.name, training_id)
        return refuse(context, registry, trained, recipes[challenger].kind, decision.reason)

    def register(name: str, tags: Mapping[str, str]) -> Version:
        return _register(context, registry, noted, facts, name, {**tags, **_figures(rankings, name)})

    return promote(context, registry, trained, decision.winner, recipes, decision.reason, register)


def _check_same_data(connection: Connection, trained: dict[str, JSON]) -> None:
    load = read_marts_feed(connection)
    if (load["run_id"], load["fingerprint"]) != (trained.get("feed_run_id"), trained.get("data_fingerprint")):
        raise RunError(
            f"The marts are those of run {load['run_id']} now; training saw run {trained.get('feed_run_id')}.",
            remedy="Run train_models again, which compares on the data that is there.",
        )


def _broken(facts: GateFacts, reference: str, settings: Settings) -> dict[str, list[str]]:
    """The guardrails that the challenger breaks, and those that the champion's own recipe does."""
    limits = Limits(
        settings.max_slice_loss,
        settings.min_model_coverage,
        settings.max_calibration_error,
        settings.min_exposure_parity,
        settings.min_precision_parity,
    )
    challenger = facts.choice.challenger
    broken = {
        name: broken_rails(facts.conduct[name], limits) for name in {challenger, reference} & facts.conduct.keys()
    }
    if challenger in broken and reference in broken and challenger != reference:
        broken[challenger] += worse_slices(facts.rankings, facts.slices, challenger, reference, limits.max_slice_loss)
    return broken


def _reigning(champion: Champion | Unreadable | None, facts: GateFacts, noted: dict[str, JSON]) -> Reigning | None:
    # A champion with other features can serve nobody, so whoever is best now is a first champion.
    if not isinstance(champion, Champion) or champion.bundle.schema != program_schema():
        return None
    if candidate_of(champion.bundle.recipe).keeps_vectors:
        return None
    name = facts.contestant_with(champion.bundle.recipe)
    if name is None:
        raise RunError(
            f"Version {champion.version} became champion after this training, which did not compare it.",
            remedy=TRAIN_AGAIN,
        )
    # What an earlier training saw is the newer level; what this one saw, asked again, is no news.
    is_seen = champion.tags.get(_SEEN_IN, noted["mlflow_run_id"]) != noted["mlflow_run_id"]
    recorded = champion.tags.get(_GAIN_SEEN if is_seen else _GAIN)
    return Reigning(name, None if recorded is None else float(recorded), _data(champion, noted))


def _data(champion: Champion, noted: dict[str, JSON]) -> Literal["newer", "other", "the same"]:
    if champion.tags.get("data_fingerprint") == noted["data_fingerprint"]:
        return "the same"
    return "newer" if champion.tags.get("as_of", "") < str(noted["as_of"]) else "other"


def _note_refusal(registry: Registry, champion: Champion, rankings: Rankings, name: str, training_id: str) -> None:
    """Keep the gain that was seen: a fall holds the recipe back once, and is the level to hold from then on."""
    if name in rankings.ndcg:
        gain = rankings.mean(name) - rankings.mean(FLOOR)
        registry.set_tag(champion.version, _GAIN_SEEN, repr(gain))
        registry.set_tag(champion.version, _SEEN_IN, training_id)


def _figures(rankings: Rankings, name: str) -> dict[str, str]:
    if name not in rankings.ndcg:
        return {}
    return {"ndcg_at_5": repr(rankings.mean(name)), _GAIN: repr(rankings.mean(name) - rankings.mean(FLOOR))}


def _register(
    context: StepContext,
    registry: Registry,
    noted: dict[str, JSON],
    facts: GateFacts,
    name: str,
    told: Mapping[str, str],
) -> Version:
    """Refit a contestant on data up to `as_of` and register it with its card.

    Its verdict is the last that is written on it: one without, which was cut off before its card, counts for nothing.
    """
    recipe = facts.recipes[name]
    fitted = refit(context, recipe, date.fromisoformat(str(noted["as_of"])))
    bundle = fitted.bundle
    tags = {
        "as_of": str(noted["as_of"]),
        "recipe": json.dumps(recipe.to_json(), sort_keys=True),
        "feature_schema": bundle.feature_schema,
        "data_fingerprint": str(noted["data_fingerprint"]),
        "training_run_id": str(noted["mlflow_run_id"]),
        KEY_VERSION: str(read_key_versions(context.database).get("pseudonym_key", 1)),
        **{name: value for name, value in told.items() if name != VERDICT},
    }
    tracking = registry.tracking
    with tracking.run(f"{recipe.kind} {tags['as_of']}", {"step": "promote_model"}, tags["training_run_id"]) as run_id:
        tracking.log(run_id, params_of(recipe), {})
        number = registry.register(run_id, bundle, tags, with_card(tracking, run_id, tags["reason"]))
        with context.connect() as connection:
            feed = read_marts_feed(connection)
        write_card(tracking, run_id, card_facts(context.settings, noted, feed, fitted, int(number), facts, name))
        registry.set_tag(number, VERDICT, told[VERDICT])
        return registry.find_version(number)
