"""Train and compare the candidates, one MLflow run each, when training is due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from recsys.errors import SettingsError
from recsys.evaluation.choice import choose
from recsys.evaluation.gate import FLOOR
from recsys.evaluation.splits import Fold, Split, is_on_sale, split_of
from recsys.features.declared import DeclaredFeature, of_customers
from recsys.features.storage import feature_schema, program_schema
from recsys.governance.card_facts import CHAMPION
from recsys.governance.due import Standing, why_due
from recsys.io.declared_features import read_declared_features
from recsys.io.feature_dates import has_features_at
from recsys.io.marts import is_point_in_time, read_products
from recsys.io.model_decisions import read_last_comparison
from recsys.io.postgres import Connection
from recsys.io.registry import Champion, Registry, Unreadable
from recsys.io.rule_facts import read_catalogue
from recsys.io.tracking import Tracking, open_tracking
from recsys.io.training_runs import LEVEL, TRAINING_LEVEL
from recsys.io.trainings import has_own_feed, read_marts_feed
from recsys.models.candidates import BY_KIND, candidate_of, default_recipes
from recsys.models.recipe import Recipe
from recsys.settings import Settings
from recsys.steps.context import StepContext
from recsys.steps.training.blending import with_blend
from recsys.steps.training.contest import Contest, hold_contest
from recsys.steps.training.folds import FoldData, read_fold
from recsys.steps.training.gate_facts import GateFacts, gate_facts
from recsys.steps.training.groups import parity_attributes
from recsys.steps.training.importance import ImportanceStudy, log_importance
from recsys.steps.training.report import log_training
from recsys.steps.training.selection import InnerTrials, try_on_inner_folds
from recsys.steps.training.tags import origin_tags, tested_id
from recsys.steps.training.tuning import tune
from recsys.types import JSON, StepResult


def train_models(context: StepContext) -> StepResult:
    """Tune, then fit every candidate and the champion's recipe if another on every fold; skipped when not due."""
    tracking = open_tracking(context.settings, context.database)
    champion = Registry(tracking).find_champion()
    with context.connect() as connection:
        load = _load(connection, context.run.run_id)
        standing = None if champion is None else _standing(connection, champion, load["as_of"])
        is_due, why = why_due(context.run.train, standing, load["as_of"], context.settings.max_training_age_days)
        if not is_due:
            return StepResult(0, {"skipped": why})
        split, recipes = _split(connection, load), competing(context.settings)
        catalogue = read_catalogue(connection, cooling_off_days=context.settings.cooling_off_days)
        origin = origin_tags(split, _declared(connection), catalogue)
        tags = {**_tags(context, load, why, is_point_in_time(connection)), **origin}
        # Opened before anything is tried, so that all that is tried lies below it.
        with tracking.run(f"training {tags['as_of']}", {**tags, LEVEL: TRAINING_LEVEL}) as run_id:
            training = _Training(context, tracking, run_id, load, tags)
            return _train(training, connection, split, recipes, champion)


@dataclass(frozen=True)
class _Training:
    """A training that is under way, with its MLflow run; `load` is what the marts were built from."""

    context: StepContext
    tracking: Tracking
    run_id: str
    load: dict[str, Any]
    tags: dict[str, str]

    def read(self, connection: Connection, fold: Fold) -> FoldData:
        """The data of one fold."""
        parity_by = parity_attributes(self.context.settings.parity_attributes)
        return read_fold(connection, fold, parity_by)


def _train(
    training: _Training,
    connection: Connection,
    split: Split,
    recipes: dict[str, Recipe],
    champion: Champion | Unreadable | None,
) -> StepResult:
    settings, progress = training.context.settings, training.context.progress
    inner_folds = [training.read(connection, fold) for fold in split.inner]
    tuned = tune(training.context, training.tracking, inner_folds, recipes, training.tags, training.run_id)
    recipes = contestants(tuned, champion)
    inner = try_on_inner_folds(inner_folds, recipes, progress)
    recipes = with_blend(inner, recipes, kinds_of(settings.blend_members, "RECSYS_BLEND_MEMBERS"))
    keeps_vectors = {name for name, recipe in recipes.items() if candidate_of(recipe).keeps_vectors}
    choice = choose(inner.mean_ndcg(), keeps_vectors | {CHAMPION}, recipes)
    outer = (training.read(connection, fold) for fold in split.outer)
    study = ImportanceStudy(choice.challenger, recipes[choice.challenger], settings)
    contest = hold_contest(outer, len(split.outer), recipes, inner.calibrations(), progress, study.look)
    return _report(training, contest, inner, gate_facts(contest, recipes, choice, settings.seed), study)


def _load(connection: Connection, run_id: str) -> dict[str, Any]:
    # A run with a feed of its own must have built the marts from it; one that only trains takes what was checked last.
    return read_marts_feed(connection, run_id if has_own_feed(connection, run_id) else None)


def contestants(recipes: dict[str, Recipe], champion: Champion | Unreadable | None) -> dict[str, Recipe]:
    """The candidates' `recipes` by name, and the champion's as one more where it is none of them."""
    if not isinstance(champion, Champion) or champion.bundle.recipe in recipes.values():
        return recipes
    return {**recipes, CHAMPION: champion.bundle.recipe}


def competing(settings: Settings) -> dict[str, Recipe]:
    """The default recipes of the kinds that compete. Raises `SettingsError` for a kind that does not exist."""
    recipes = default_recipes(settings.seed, settings.training_threads)
    wanted = kinds_of(settings.candidates, "RECSYS_CANDIDATES")
    return {kind: recipe for kind, recipe in recipes.items() if not wanted or kind in wanted or kind == FLOOR}


def kinds_of(text: str, setting: str) -> set[str]:
    """The kinds of models in `text`, joined by commas. Raises `SettingsError` for one that does not exist."""
    wanted = {kind.strip() for kind in text.split(",") if kind.strip()}
    if unknown := sorted(wanted - BY_KIND.keys()):
        raise SettingsError(
            f"{setting} names {', '.join(unknown)}, which is no kind of model.",
            remedy=f"The kinds are {', '.join(BY_KIND)}.",
        )
    return wanted


def _standing(connection: Connection, champion: Champion | Unreadable, as_of: date) -> Standing:
    if isinstance(champion, Unreadable):
        return Standing(date.min, has_current_features=False, unknown_products=(), is_readable=False)
    products = read_products(connection)
    on_sale = np.array(products.ids)[is_on_sale(products.launched, products.withdrawn, as_of)]
    return Standing(
        date.fromisoformat(champion.tags["as_of"]),
        has_current_features=champion.bundle.schema == program_schema(),
        unknown_products=tuple(sorted(set(on_sale.tolist()) - set(champion.bundle.recommender.product_ids))),
        knows_declared=feature_schema(_declared(connection)) == feature_schema(champion.bundle.encoder.declared),
        compared_until=read_last_comparison(connection, champion.version, as_of),
    )


def _declared(connection: Connection) -> tuple[DeclaredFeature, ...]:
    return of_customers(read_declared_features(connection))


def _split(connection: Connection, load: dict[str, Any]) -> Split:
    # Planned when the marts were built: another seed since then would describe products that nobody held out.
    planned = split_of(load["split"])
    return replace(planned, folds=tuple(fold for fold in planned.folds if has_features_at(connection, fold.origin)))


def _tags(context: StepContext, load: dict[str, Any], why: str, is_point_in_time: bool) -> dict[str, str]:
    return {
        "step": "train_models",
        "pipeline_run_id": context.run.run_id,
        "as_of": load["as_of"].isoformat(),
        "history": load["history"],
        "data_fingerprint": load["fingerprint"],
        "due": why,
        "point_in_time": "point_in_time" if is_point_in_time else "not_point_in_time",
    }


def _report(
    training: _Training, contest: Contest, inner: InnerTrials, facts: GateFacts, study: ImportanceStudy
) -> StepResult:
    tracking, run_id, load = training.tracking, training.run_id, training.load
    tags = {**training.tags, "tested": tested_id(contest)}
    figures = log_training(tracking, run_id, contest, inner, facts, tags)
    details: dict[str, JSON] = {
        "mlflow_run_id": run_id,
        "due": tags["due"],
        "feed_run_id": load["run_id"],
        "as_of": load["as_of"].isoformat(),
        "data_fingerprint": load["fingerprint"],
        "folds": [*(data.described() for data in inner.folds), *contest.split],
        "challenger": facts.choice.challenger,
        "chosen_because": facts.choice.reason,
        "leaks": list(facts.leaks),
        "importance": log_importance(tracking, run_id, study),
        "unfitted": dict(contest.unfitted),
        "candidates": figures,
    }
    return StepResult(len(contest.customer_numbers()), details)
