"""Train and compare the candidates, one MLflow run each, when training is due."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from recsys.evaluation.splits import Fold, folds_of, is_on_sale
from recsys.features.storage import feature_schema
from recsys.io.marts import has_features_at, is_point_in_time, read_first_opening, read_products
from recsys.io.postgres import Connection
from recsys.io.registry import Champion, Registry, Unreadable
from recsys.io.tracking import Tracking, open_tracking
from recsys.io.trainings import has_own_feed, read_last_refusal, read_marts_feed
from recsys.models.candidates import default_recipes
from recsys.models.due import Standing, why_due
from recsys.models.recipe import Recipe
from recsys.steps.contest import Contest, hold_contest
from recsys.steps.context import StepContext
from recsys.steps.training_report import log_training
from recsys.types import JSON, StepResult

CHAMPION_RECIPE = "champion"


def train_models(context: StepContext) -> StepResult:
    """Fit every candidate, and the champion's recipe where it is another, on every fold; skipped when not due."""
    tracking = open_tracking(context.settings, context.database)
    champion = Registry(tracking).find_champion()
    with context.connect() as connection:
        load = _load(connection, context.run.run_id)
        standing = None if champion is None else _standing(connection, champion, load["as_of"])
        is_due, why = why_due(context.run.train, standing, load["as_of"], context.settings.max_training_age_days)
        if not is_due:
            return StepResult(0, {"skipped": why})
        recipes = contestants(context.settings.seed, champion)
        folds = _folds(connection, load)
        contest = hold_contest(connection, folds, recipes, load["currency"], context.progress)
        tags = _tags(context, load, why, is_point_in_time(connection))
    return _report(tracking, contest, recipes, tags, load)


def _load(connection: Connection, run_id: str) -> dict[str, Any]:
    # A run with a feed of its own must have built the marts from it; one that only trains takes what was checked last.
    return read_marts_feed(connection, run_id if has_own_feed(connection, run_id) else None)


def contestants(seed: int, champion: Champion | Unreadable | None) -> dict[str, Recipe]:
    """The candidates by name, and the champion's recipe as one more where it is none of them."""
    recipes = default_recipes(seed)
    if not isinstance(champion, Champion) or champion.bundle.recipe in recipes.values():
        return recipes
    return {**recipes, CHAMPION_RECIPE: champion.bundle.recipe}


def _standing(connection: Connection, champion: Champion | Unreadable, as_of: date) -> Standing:
    if isinstance(champion, Unreadable):
        return Standing(date.min, has_current_features=False, unknown_products=(), is_readable=False)
    products = read_products(connection)
    on_sale = np.array(products.ids)[is_on_sale(products.launched, products.withdrawn, as_of)]
    return Standing(
        date.fromisoformat(champion.tags["as_of"]),
        has_current_features=champion.bundle.schema == feature_schema(),
        unknown_products=tuple(sorted(set(on_sale.tolist()) - set(champion.bundle.recommender.product_ids))),
        compared_until=read_last_refusal(connection, champion.version, as_of),
    )


def _folds(connection: Connection, load: dict[str, Any]) -> list[Fold]:
    folds = folds_of(load["as_of"], load["history"], read_first_opening(connection))
    return [fold for fold in folds if has_features_at(connection, fold.origin)]


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
    tracking: Tracking, contest: Contest, recipes: dict[str, Recipe], tags: dict[str, str], load: dict[str, Any]
) -> StepResult:
    run_id, figures = log_training(tracking, contest, recipes, tags)
    details: dict[str, JSON] = {
        "mlflow_run_id": run_id,
        "due": tags["due"],
        "feed_run_id": load["run_id"],
        "as_of": load["as_of"].isoformat(),
        "currency": load["currency"],
        "data_fingerprint": load["fingerprint"],
        "folds": contest.split,
        "candidates": figures,
    }
    return StepResult(len(contest.customer_numbers()), details)
