"""Register the best candidate and make it champion if it passes the gate."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path

from recsys.errors import RunError
from recsys.evaluation.gate import Contest, Reigning, decide
from recsys.features.storage import feature_schema
from recsys.io.runs import read_load, read_step_details
from recsys.io.tracking import Champion, Tracking, open_tracking
from recsys.models.bundle import Bundle, bundle_of
from recsys.models.candidates import fit
from recsys.models.popularity import fit_popularity
from recsys.models.recipe import Recipe, candidate_recipes
from recsys.steps.context import StepContext
from recsys.steps.folds import read_known
from recsys.steps.train_models import contestants
from recsys.steps.training_report import RANKINGS_FILE, read_rankings
from recsys.types import JSON, StepResult


def promote_model(context: StepContext) -> StepResult:
    """Compare, decide, refit the winner on everything up to `as_of`, register it, and say why."""
    with context.connect() as connection:
        trained = read_step_details(connection, context.run.run_id, "train_models")
        load = read_load(connection, context.run.run_id)
    if trained is None:
        raise RunError("Nothing was trained in this run.", remedy="Run train_models first.")
    if "skipped" in trained:
        return StepResult(0, {"skipped": f"nothing was trained: {trained['skipped']}"})
    tracking = open_tracking(context.settings, context.database)
    champion = tracking.find_champion()
    training_id = str(trained["mlflow_run_id"])
    if champion is not None and champion.tags.get("training_run_id") == training_id:
        return StepResult(0, _details(champion.version, champion.bundle.recipe, champion.tags["reason"]))
    recipes = contestants(context.settings.seed, champion)
    contest = _read_contest(tracking, training_id, context.settings.seed)
    decision = decide(contest, _reigning(champion, recipes), context.settings.promotion_margin)
    tracking.set_tags(training_id, {"decision": decision.reason, "promoted": decision.winner or "none"})
    if decision.winner is None:
        return StepResult(0, {"promoted": False, "reason": decision.reason})
    recipe = recipes[decision.winner]
    bundle = _refit(context, recipe, load["as_of"], load["currency"])
    tags = {
        "as_of": load["as_of"].isoformat(),
        "recipe": json.dumps(recipe.to_json(), sort_keys=True),
        "feature_schema": bundle.schema,
        "data_fingerprint": load["fingerprint"],
        "training_run_id": training_id,
        "reason": decision.reason,
    }
    if decision.winner in contest.ndcg:
        tags["ndcg_at_5"] = repr(contest.mean(decision.winner))
    version = _register(tracking, training_id, bundle, tags)
    return StepResult(1, _details(version, recipe, decision.reason))


def _read_contest(tracking: Tracking, training_id: str, seed: int) -> Contest:
    with tempfile.TemporaryDirectory() as folder:
        return read_rankings(tracking.read_file(training_id, RANKINGS_FILE, Path(folder)), seed)


def _reigning(champion: Champion | None, recipes: dict[str, Recipe]) -> Reigning | None:
    # A champion with other features can serve nobody, so whoever is best now is a first champion.
    if champion is None or champion.bundle.schema != feature_schema():
        return None
    name = next(name for name, recipe in recipes.items() if recipe == champion.bundle.recipe)
    recorded = champion.tags.get("ndcg_at_5")
    return Reigning(name, None if recorded is None else float(recorded))


def _refit(context: StepContext, recipe: Recipe, as_of: date, currency: str) -> Bundle:
    with context.connect() as connection:
        known = read_known(connection, as_of, as_of, currency)
    floor = next(one for one in candidate_recipes(context.settings.seed) if one.kind == "popularity")
    popularity = fit_popularity(floor, known.training, known.encoder.product_ids)
    recommender = popularity if recipe.kind == "popularity" else fit(recipe, known.encoder, known.training)
    return bundle_of(recommender, popularity, known.encoder, recipe)


def _register(tracking: Tracking, training_id: str, bundle: Bundle, tags: dict[str, str]) -> str:
    with tracking.run(
        f"champion {bundle.recipe.kind} {tags['as_of']}", {"step": "promote_model"}, training_id
    ) as run_id:
        tracking.log(run_id, bundle.recipe.to_json(), {})
        return tracking.register(run_id, bundle, tags, tags["reason"])


def _details(version: str, recipe: Recipe, reason: str) -> dict[str, JSON]:
    return {"promoted": True, "version": version, "recipe": recipe.to_json(), "reason": reason}
