"""Better parameters than the defaults, searched on inner folds: one study per kind, one MLflow run per trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.evaluation.measuring import Floats, ndcg_of, ndcg_of_each
from recsys.evaluation.standard_error import standard_error
from recsys.features.storage import feature_schema
from recsys.io.studies import HopelessTrialError, IsHopeless, Search, Tried, Values, best_of, search
from recsys.io.tracking import Tracking
from recsys.io.training_runs import LEVEL, TRIAL_LEVEL, TUNING_LEVEL
from recsys.models.base import Recommender
from recsys.models.candidates import fit
from recsys.models.recipe import Recipe
from recsys.models.search import space_version
from recsys.steps.context import StepContext
from recsys.steps.training.fitting import score_tested
from recsys.steps.training.folds import FoldData
from recsys.steps.training.persons_tested import persons_tested
from recsys.types import JSON

# Where a trial is compared with the others at the same point; the first fold's come first.
_CHECKED_EPOCHS = (5, 10, 20, 40, 80)
_STEPS_PER_FOLD = 1_000


def tune(
    context: StepContext,
    tracking: Tracking,
    folds: Sequence[FoldData],
    recipes: Mapping[str, Recipe],
    tags: Mapping[str, str],
    training_id: str,
) -> dict[str, Recipe]:
    """Search for every recipe that has a space, on the inner `folds`; without a budget or a fold the defaults stay.

    Trials that are run now are runs below one of tuning, and that below the run of the training.
    """
    folds = [data for data in folds if len(data.rows)]
    tunable = {name: recipe for name, recipe in recipes.items() if recipe.space}
    if not folds or not tunable or not context.settings.tuning_trials:
        return dict(recipes)
    tuned = dict(recipes)
    with tracking.run("tuning", {**tags, LEVEL: TUNING_LEVEL}, training_id) as run_id:
        for place, (name, recipe) in enumerate(tunable.items()):
            tuned[name] = _tune_one(context, tracking, folds, recipe, tags, run_id, (place, len(tunable)))
    return tuned


def _tune_one(
    context: StepContext,
    tracking: Tracking,
    folds: Sequence[FoldData],
    recipe: Recipe,
    tags: Mapping[str, str],
    run_id: str,
    place: tuple[int, int],
) -> Recipe:
    wanted = _search_of(context, folds, recipe, tags)

    ndcg: dict[int, Floats] = {}

    def evaluate(number: int, values: Values, is_hopeless: IsHopeless) -> float:
        context.progress(place[0] * wanted.n_trials + number, place[1] * wanted.n_trials, "trials of tuning")
        ndcg[number] = _ndcg_of_each(_with(recipe, values), folds, is_hopeless)
        return float(ndcg[number].mean())

    def log(tried: Tried) -> None:
        outcome = {"outcome": tried.state, "study": wanted.name, **({"reason": tried.reason} if tried.reason else {})}
        of_trial = {**tags, **outcome, LEVEL: TRIAL_LEVEL}
        with tracking.run(f"{recipe.kind} trial {tried.number}", of_trial, run_id) as trial_id:
            metrics = {} if tried.score is None else {"ndcg_at_5": tried.score}
            tracking.log(trial_id, _with(recipe, tried.values).to_json(), metrics)

    tried = search(context.settings, context.database, wanted, evaluate, log)
    best = best_of(tried)
    if best is None or not _is_better(recipe, folds, tried[0], best, ndcg):
        return recipe
    tracking.set_tags(run_id, {f"better_{recipe.kind}": f"trial {best.number}"})
    return _with(recipe, best.values)


def _is_better(
    recipe: Recipe, folds: Sequence[FoldData], first: Tried, best: Tried, ndcg: Mapping[int, Floats]
) -> bool:
    """Whether the best trial beats the default by more than one standard error: on few customers the best was lucky.

    `ndcg` by number, of the trials that were run now; those of an earlier search are fitted once more.
    """
    if first.state != "finished":
        return True

    def of(tried: Tried) -> Floats:
        found = ndcg.get(tried.number)
        return _ndcg_of_each(_with(recipe, tried.values), folds, lambda step, score: False) if found is None else found

    gains = of(best) - of(first)
    return bool(gains.mean() > standard_error(gains, np.concatenate(persons_tested(folds))))


def _search_of(context: StepContext, folds: Sequence[FoldData], recipe: Recipe, tags: Mapping[str, str]) -> Search:
    """A search that goes on with what the same code has tried on the same data."""
    settings = context.settings
    defaults = recipe.to_json()
    split = " ".join(f"{data.fold.origin}/{data.fold.end}" for data in folds)
    version = space_version(recipe.space, {**defaults, "features": feature_schema(folds[0].known.encoder.declared)})
    name = f"{recipe.kind} {tags['data_fingerprint'][:16]} {split} {version} {tags['code_version']}"
    return Search(name, recipe.space, defaults, settings.tuning_trials, settings.seed, settings.tuning_seconds)


def _with(recipe: Recipe, values: Mapping[str, JSON]) -> Recipe:
    return recipe.of({**recipe.to_json(), **values})


def _ndcg_of_each(recipe: Recipe, folds: Sequence[FoldData], is_hopeless: IsHopeless) -> Floats:
    """NDCG@5 of the tested customers of all folds (n,). Raises `HopelessTrialError` where others are better."""
    found: list[Floats] = []
    for number, data in enumerate(folds):
        model = fit(recipe, data.known.encoder, data.known.training, _Watch(data, number, is_hopeless))
        trial = data.trial.take(data.rows)
        found.append(ndcg_of_each(score_tested(model, data), trial.candidates, trial.relevant))
        means = [of_fold.mean() for of_fold in found]
        if number + 1 < len(folds) and is_hopeless((number + 1) * _STEPS_PER_FOLD, float(np.mean(means))):
            raise HopelessTrialError
    return np.concatenate(found)


@dataclass(frozen=True)
class _Watch:
    """Looks at a model on its way through the epochs of one fold."""

    data: FoldData
    number: int
    is_hopeless: IsHopeless

    def __call__(self, epoch: int, model: Recommender) -> None:
        step = self.number * _STEPS_PER_FOLD + epoch
        if epoch in _CHECKED_EPOCHS and self.is_hopeless(step, _ndcg(model, self.data)):
            raise HopelessTrialError


def _ndcg(model: Recommender, data: FoldData) -> float:
    return ndcg_of(score_tested(model, data), data.trial.candidates[data.rows], data.trial.relevant[data.rows])
