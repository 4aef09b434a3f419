"""Fitting and measuring recipes on folds: reads one fold at a time, so memory does not grow with their number."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.measuring import measure, ndcg_of
from recsys.evaluation.outcome import FoldOutcome
from recsys.evaluation.splits import Fold
from recsys.evaluation.trial import Trial
from recsys.io.postgres import Connection
from recsys.models.base import Recommender
from recsys.models.candidates import fit
from recsys.models.recipe import Recipe
from recsys.steps.folds import FoldData, read_fold
from recsys.types import JSON, Progress

# A point of a learning curve is one ranking of so many customers.
_CURVE_CUSTOMERS = 5_000


@dataclass
class Contest:
    """Outcomes per contestant and fold; `customers` holds the keys of those tested, `split` what each fold held."""

    outcomes: dict[str, list[FoldOutcome]]
    product_names: tuple[str, ...] = ()
    customers: list[NDArray[np.bytes_]] = field(default_factory=list)
    split: list[JSON] = field(default_factory=list)

    def customer_numbers(self) -> NDArray[np.int32]:
        """The tested customers of all folds as numbers: one customer has one number, which tells nobody who it is."""
        keys = np.concatenate(self.customers) if self.customers else np.empty(0, "S36")
        return np.unique(keys, return_inverse=True)[1].astype(np.int32)


def hold_contest(
    connection: Connection, folds: Iterable[Fold], recipes: Mapping[str, Recipe], currency: str, progress: Progress
) -> Contest:
    """Fit every recipe on every fold and measure it there. A fold in which nobody can be tested is left out."""
    folds = list(folds)
    contest = Contest({name: [] for name in recipes})
    for number, fold in enumerate(folds):
        data = read_fold(connection, fold, currency)
        contest.product_names = data.known.training.product_names
        contest.split.append(_described(data))
        if not len(data.rows):
            continue
        contest.customers.append(data.known.training.customers.person_keys[data.rows])
        for place, (name, recipe) in enumerate(recipes.items()):
            progress(number * len(recipes) + place, len(folds) * len(recipes), "fits")
            contest.outcomes[name].append(_outcome(recipe, data, has_curve=fold == folds[-1]))
    return contest


def _outcome(recipe: Recipe, data: FoldData, has_curve: bool) -> FoldOutcome:
    known, training = data.known, data.known.training
    curve: dict[int, float] = {}
    some = data.rows[:_CURVE_CUSTOMERS]

    def note(epoch: int, model: Recommender) -> None:
        scores = model.score(training.customers.take(some))
        curve[epoch] = ndcg_of(scores, data.candidates[:_CURVE_CUSTOMERS], data.relevant[:_CURVE_CUSTOMERS])

    started = time.perf_counter()
    model = fit(recipe, known.encoder, training, note if has_curve else None)
    fitted = time.perf_counter()
    scores = model.score(training.customers.take(data.rows))
    scored = time.perf_counter()
    return measure(
        scores,
        Trial(data.candidates, data.relevant),
        fit_seconds=fitted - started,
        score_seconds=scored - fitted,
        curve=curve,
    )


def _described(data: FoldData) -> JSON:
    return {
        "origin": data.fold.origin.isoformat(),
        "end": data.fold.end.isoformat(),
        "n_customers": len(data.known.training.customers),
        "n_refusing": data.known.n_refusing,
        "n_refusing_trained_on": data.known.n_refusing_trained_on,
        "n_training_openings": len(data.known.training.openings),
        "n_tested_customers": len(data.rows),
        "n_test_openings": int(data.relevant.sum()),
        "has_spending": data.has_spending,
    }
