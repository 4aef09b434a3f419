from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from recsys.evaluation.splits import plan_split
from recsys.io.postgres import Database
from recsys.io.tracking import Tracking, open_tracking
from recsys.models.factor_recipes import InductiveRecipe
from recsys.models.recipe import Recipe
from recsys.models.search import Number, OneOf, Space, Whole
from recsys.settings import Settings
from recsys.steps.runner import run_step
from recsys.steps.training.folds import FoldData, read_fold
from recsys.steps.training.tuning import tune

from .marts_of_a_learning_bank import AS_OF, FIRST_OPENING, begin_run, build_marts
from .marts_of_a_small_bank import context_of
from .mlflow_of_a_test import mlflow_database, tracked

__all__ = ["mlflow_database", "tracked"]


def new_data() -> dict[str, str]:
    """Tags of data that no search has seen: the store is the module's."""
    return {"as_of": AS_OF.isoformat(), "data_fingerprint": uuid.uuid4().hex, "code_version": "0.1.0+abc"}


@dataclass(frozen=True)
class Tuned:
    """What tuning found, and the run of the training that it was for."""

    recipes: dict[str, Recipe]
    training_id: str


@dataclass(frozen=True)
class Small(InductiveRecipe):
    space: ClassVar[Space] = {"n_factors": Whole(2, 8), "n_epochs": Whole(1, 12)}

    n_factors: int = 4
    n_epochs: int = 3


@dataclass(frozen=True)
class Wild(InductiveRecipe):
    space: ClassVar[Space] = {"learning_rate": OneOf((0.03, 1e20))}


@dataclass(frozen=True)
class Slow(InductiveRecipe):
    space: ClassVar[Space] = {"learning_rate": OneOf((1e-7, 0.05))}

    learning_rate: float = 1e-7


@dataclass(frozen=True)
class Alike(InductiveRecipe):
    space: ClassVar[Space] = {"regularisation": Number(1e-6, 1e-5)}

    regularisation: float = 5e-6


@pytest.fixture
def inner(database: Database) -> Iterator[list[FoldData]]:
    build_marts(database)
    folds = plan_split(AS_OF, "events", FIRST_OPENING, 7).inner
    with database.connect("training") as connection:
        yield [read_fold(connection, fold) for fold in folds]


@pytest.fixture
def tuned(tracked: Settings, database: Database, inner: list[FoldData]):
    begin_run(tracked, database, "first")

    data = new_data()

    def run(recipe: Recipe, n_trials: int, tags: Mapping[str, str] = data) -> Tuned:
        settings = tracked.model_copy(update={"tuning_trials": n_trials})
        context = context_of(settings, database, "first", "train_models")
        tracking = open_tracking(tracked, database)
        with tracking.run("training", tags) as training_id:
            return Tuned(tune(context, tracking, inner, {recipe.kind: recipe}, tags, training_id), training_id)

    return run


@pytest.fixture
def tracking(tracked: Settings, database: Database) -> Tracking:
    return open_tracking(tracked, database)


def children(tracking: Tracking, parent_id: str) -> dict[str, object]:
    runs = tracking.client.search_runs([tracking.experiment_id])
    return {run.info.run_name: run.data for run in runs if run.data.tags.get("mlflow.parentRunId") == parent_id}


def trials_of(tracking: Tracking, training_id: str) -> dict[str, object]:
    """The trials below the tuning below a training."""
    runs = tracking.client.search_runs([tracking.experiment_id], f"tags.`mlflow.parentRunId` = '{training_id}'")
    tunings = [run.info.run_id for run in runs if run.data.tags["level"] == "tuning"]
    return children(tracking, tunings[0]) if len(tunings) == 1 else {}


def test_every_trial_is_a_run_and_the_best_of_them_is_the_recipe(tuned, tracking: Tracking):
    result = tuned(Small(seed=3), 4)
    trials = trials_of(tracking, result.training_id)
    assert set(trials) == {f"inductive trial {number}" for number in range(4)}
    first = trials["inductive trial 0"]
    assert (first.params["n_factors"], first.params["n_epochs"]) == ("4", "3")
    assert all("ndcg_at_5" in trial.metrics for trial in trials.values() if trial.tags["outcome"] == "finished")
    assert result.recipes["inductive"].seed == 3


def test_trial_that_is_better_for_certain_is_the_recipe(tuned, tracking: Tracking):
    result = tuned(Slow(), 4)
    trials = trials_of(tracking, result.training_id)
    assert {trial.params["learning_rate"] for trial in trials.values()} == {"1e-07", "0.05"}
    assert result.recipes["inductive"] == Slow(learning_rate=0.05)
    # Taken up again without another trial, it is the same.
    assert tuned(Slow(), 4).recipes == result.recipes


def test_default_stays_where_the_best_trial_is_better_by_chance(tuned, tracking: Tracking):
    result = tuned(Alike(), 4)
    trials = trials_of(tracking, result.training_id)
    assert len({trial.params["regularisation"] for trial in trials.values()}) > 1
    assert result.recipes["inductive"] == Alike()


def test_training_on_the_same_data_takes_the_search_up_again(tuned, tracking: Tracking):
    first, again = tuned(Small(), 2), tuned(Small(), 3)
    assert set(trials_of(tracking, again.training_id)) == {"inductive trial 2"}
    assert tuned(Small(), 3).recipes == again.recipes
    assert set(trials_of(tracking, first.training_id)) == {"inductive trial 0", "inductive trial 1"}


def test_other_code_begins_a_search_anew(tuned, tracking: Tracking):
    tags = new_data()
    tuned(Small(), 1, tags)
    other = tuned(Small(), 1, {**tags, "code_version": "0.1.0+def"})
    assert set(trials_of(tracking, other.training_id)) == {"inductive trial 0"}


def test_two_tunings_with_one_seed_are_the_same(tuned, tracking: Tracking):
    one, other = tuned(Small(), 5), tuned(Small(), 5, new_data())
    tried = [
        {name: (trial.params, trial.metrics) for name, trial in trials_of(tracking, run.training_id).items()}
        for run in (one, other)
    ]
    assert len(tried[0]) == 5
    assert tried[0] == tried[1]
    assert one.recipes == other.recipes


def test_recipe_that_diverges_is_recorded_and_the_search_goes_on(tuned, tracking: Tracking):
    result = tuned(Wild(n_epochs=2), 6)
    trials = trials_of(tracking, result.training_id).values()
    diverged = [trial for trial in trials if trial.tags["outcome"] == "failed"]
    assert diverged
    assert all("diverged" in trial.tags["reason"] and "ndcg_at_5" not in trial.metrics for trial in diverged)
    assert len(trials) == 6
    assert result.recipes["inductive"] == Wild(n_epochs=2)


def test_without_a_budget_the_defaults_stay_and_nothing_is_tried(tuned, tracking: Tracking):
    result = tuned(Small(), 0)
    assert result.recipes == {"inductive": Small()}
    assert not children(tracking, result.training_id)


def test_training_fits_what_tuning_found(tracked: Settings, database: Database, tracking: Tracking):
    build_marts(database)
    begin_run(tracked, database, "first")
    settings = tracked.model_copy(update={"tuning_trials": 2, "candidates": "inductive"})
    details = run_step("train_models", "first", settings).details
    parent = tracking.client.get_run(str(details["mlflow_run_id"]))
    trials = trials_of(tracking, parent.info.run_id)
    tuning = children(tracking, parent.info.run_id)["tuning"]
    taken = trials[f"inductive {tuning.tags.get('better_inductive', 'trial 0')}"]
    used = children(tracking, parent.info.run_id)["inductive"].params
    searched = InductiveRecipe.space
    assert {name: used[name] for name in searched} == {name: taken.params[name] for name in searched}
