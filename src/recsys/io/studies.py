"""Optuna: searches for better recipes, kept in the database so that one that was cut off goes on where it was."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from recsys.errors import ModelError, StackError
from recsys.io.postgres import Database
from recsys.models.search import Number, OneOf, Space, Whole
from recsys.settings import Settings
from recsys.types import JSON

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

# Beside MLflow's tables, in a schema of its own: both have a table `alembic_version`.
_SCHEMA = "tuning"
# So many trials are drawn at random before the sampler learns from them, and before any is cut short.
_N_RANDOM = 6
_REASON = "reason"

Values: TypeAlias = Mapping[str, JSON]
# Called with a step and the score up to it; true says that the trial is not worth going on with.
IsHopeless: TypeAlias = Callable[[int, float], bool]
State: TypeAlias = Literal["finished", "pruned", "failed"]


class HopelessTrialError(Exception):
    """A trial that was cut short because others were better at the same step."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One trial: what was tried, and its score, or why it has none. Its `number` counts from 0, the default recipe."""

    number: int
    values: Values
    state: State
    score: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched, and for how long. `name` says on which data: a search of that name is taken up again.

    `defaults` are the values that the first trial has. `seconds`: no trial is begun after so many; 0: no such limit.
    """

    name: str
    space: Space
    defaults: Values
    n_trials: int
    seed: int
    seconds: int = 0


Evaluate: TypeAlias = Callable[[int, Values, IsHopeless], float]


def prepare_studies(settings: Settings, database: Database) -> None:
    """Make Optuna's tables, or bring them up to this Optuna's version."""
    of_mlflow = replace(database, name=settings.mlflow_database)
    with of_mlflow.connect("mlflow") as connection:
        connection.execute("create schema if not exists tuning")
    storage = _storage(settings, database, is_made=False)
    if storage.get_current_version() != storage.get_head_version():
        storage.upgrade()
    storage.engine.dispose()


def search(
    settings: Settings, database: Database, wanted: Search, evaluate: Evaluate, done: Callable[[Tried], None]
) -> list[Tried]:
    """All trials of the search, those of earlier calls too; `evaluate` is called for those that are missing.

    `evaluate` gets the number of the trial, its values, and a way to ask whether it is hopeless (then it raises
    `HopelessTrialError`); a `ModelError` fails the trial and not the search. `done` sees every trial that was run now.
    Trials are drawn by a sampler that is seeded anew for each, so that a search that was cut off and taken up again
    tries the same as one that never was. Raises `StackError` where the database does not answer.
    """
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    storage = None
    try:
        storage = _storage(settings, database, is_made=True)
        return _search(storage, wanted, evaluate, done)
    except (SQLAlchemyError, StorageInternalError) as error:
        raise _no_answer(error) from error
    finally:
        if storage is not None:
            storage.engine.dispose()


def best_of(tried: list[Tried]) -> Tried | None:
    """The trial with the highest score, of equal ones the earliest; None where none has finished."""
    finished = [one for one in tried if one.state == "finished" and one.score is not None]
    return max(finished, key=lambda one: (one.score or 0.0, -one.number), default=None)


def _search(storage: RDBStorage, wanted: Search, evaluate: Evaluate, done: Callable[[Tried], None]) -> list[Tried]:
    import optuna

    study = optuna.create_study(
        storage=storage,
        study_name=wanted.name,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_N_RANDOM),
        load_if_exists=True,
    )
    _give_up_interrupted(study)
    ends = time.monotonic() + wanted.seconds if wanted.seconds else None
    tried = _tried(study)
    while len(tried) < wanted.n_trials and (ends is None or time.monotonic() < ends):
        _run_next(study, wanted, len(tried), evaluate)
        tried = _tried(study)
        done(tried[-1])
    return tried


def _run_next(study: Study, wanted: Search, number: int, evaluate: Evaluate) -> None:
    import optuna
    from optuna.trial import TrialState

    study.sampler = optuna.samplers.TPESampler(n_startup_trials=_N_RANDOM, seed=wanted.seed * 100_003 + number)
    if number == 0 and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial({name: wanted.defaults[name] for name in wanted.space})
    trial = study.ask({name: _distribution(one) for name, one in wanted.space.items()})
    try:
        score = evaluate(number, trial.params, lambda step, value: _is_hopeless(trial, step, value))
    except HopelessTrialError:
        study.tell(trial, state=TrialState.PRUNED)
    except ModelError as error:
        trial.set_user_attr(_REASON, error.message)
        study.tell(trial, state=TrialState.FAIL)
    else:
        study.tell(trial, score)


def _is_hopeless(trial: Trial, step: int, score: float) -> bool:
    trial.report(score, step)
    return bool(trial.should_prune())


def _give_up_interrupted(study: Study) -> None:
    """A trial that runs while nobody runs it was cut off; its number goes to the trial that is drawn in its place."""
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)


def _tried(study: Study) -> list[Tried]:
    counted = [one for one in study.get_trials(deepcopy=False) if _counts(one)]
    return [_as_tried(number, one) for number, one in enumerate(counted)]


def _counts(trial: FrozenTrial) -> bool:
    from optuna.trial import TrialState

    # Without a reason it was not the recipe that failed.
    is_broken_off = trial.state is TrialState.FAIL and _REASON not in trial.user_attrs
    return bool(trial.state.is_finished() and not is_broken_off)


def _as_tried(number: int, trial: FrozenTrial) -> Tried:
    from optuna.trial import TrialState

    states: dict[TrialState, State] = {
        TrialState.COMPLETE: "finished",
        TrialState.PRUNED: "pruned",
        TrialState.FAIL: "failed",
    }
    score = trial.value if trial.state is TrialState.COMPLETE else None
    return Tried(number, dict(trial.params), states[trial.state], score, str(trial.user_attrs.get(_REASON, "")))


def _distribution(one: OneOf | Whole | Number) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(one, OneOf):
        return CategoricalDistribution(one.values)
    if isinstance(one, Whole):
        return IntDistribution(one.low, one.high, log=one.is_log)
    return FloatDistribution(one.low, one.high, log=one.is_log)


def _storage(settings: Settings, database: Database, *, is_made: bool) -> RDBStorage:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    url = database.url("mlflow", driver="postgresql+psycopg2", name=settings.mlflow_database)
    arguments: dict[str, Any] = {"connect_args": {"options": f"-c search_path={_SCHEMA}"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.storages.RDBStorage(
            url, arguments, skip_compatibility_check=not is_made, skip_table_creation=is_made
        )


def _no_answer(error: Exception) -> StackError:
    return StackError(
        f"The store of tuning does not answer ({type(error).__name__}).", remedy="`recsys up` starts and prepares it."
    )
