"""MLflow: its store in PostgreSQL, and runs of training with their files. What is registered: `registry`."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.errors import ModelError, StackError
from recsys.io.postgres import Database
from recsys.io.silence import stay_silent
from recsys.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

MODEL_NAME = "recsys"
# How MLflow says that a name or an alias does not exist. Any other error says nothing about what is registered.
MISSING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


@dataclass(frozen=True)
class Tracking:
    """One home's experiment."""

    client: MlflowClient
    uri: str
    experiment_id: str

    @contextmanager
    def run(
        self, name: str, tags: Mapping[str, str], parent_id: str | None = None, ends: str = "FINISHED"
    ) -> Iterator[str]:
        """A run that ends as finished (or as it is said), and as failed where the block raises. Gives its id."""
        nesting = {} if parent_id is None else {"mlflow.parentRunId": parent_id}
        run_id = self.client.create_run(self.experiment_id, run_name=name, tags={**tags, **nesting}).info.run_id
        try:
            yield run_id
        except BaseException:
            self.client.set_terminated(run_id, "FAILED")
            raise
        self.client.set_terminated(run_id, ends)

    def beside(self, name: str) -> Tracking:
        """An experiment of another kind, such as replays, in which analysts of training are not disturbed by it."""
        own = self.client.get_experiment(self.experiment_id)
        other = f"{own.name} {name}"
        found = self.client.get_experiment_by_name(other)
        if found is not None:
            return replace(self, experiment_id=found.experiment_id)
        made = self.client.create_experiment(other, artifact_location=own.artifact_location)
        return replace(self, experiment_id=made)

    def log(self, run_id: str, params: Mapping[str, object], metrics: Mapping[str, float]) -> None:
        """Parameters and metrics in one transaction."""
        from mlflow.entities import Metric, Param

        now = int(time.time() * 1000)
        self.client.log_batch(
            run_id,
            [Metric(name, float(value), now, 0) for name, value in metrics.items()],
            [Param(name, str(value)) for name, value in params.items()],
        )

    def log_curve(self, run_id: str, name: str, values: Mapping[int, float]) -> None:
        """One metric over epochs."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self.client.log_batch(run_id, [Metric(name, float(value), now, step) for step, value in values.items()])

    def log_files(self, run_id: str, folder: Path) -> None:
        """Everything in `folder` as artifacts of the run."""
        self.client.log_artifacts(run_id, str(folder))

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Tags of a run that exists."""
        for name, value in tags.items():
            self.client.set_tag(run_id, name, value)

    def search(self, criteria: str, most: int = 1_000) -> list[Run]:
        """The newest runs that match, in MLflow's own words. Raises `StackError` where the store does not answer."""
        from mlflow.exceptions import MlflowException

        try:
            return list(self.client.search_runs([self.experiment_id], criteria, max_results=most))
        except MlflowException as error:
            raise no_answer(error) from error

    def read_file(self, run_id: str, path: str, folder: Path) -> Path:
        """A local copy, in `folder`, of one artifact of a run.

        Raises `ModelError` where it is gone, `StackError` where the store does not answer.
        """
        from mlflow.exceptions import MlflowException

        try:
            return Path(self.client.download_artifacts(run_id, path, str(folder)))
        except MlflowException as error:
            if error.error_code not in MISSING:
                raise no_answer(error) from error
            raise _gone(run_id, path) from error
        except OSError as error:
            raise _gone(run_id, path) from error


def prepare_store(settings: Settings, database: Database) -> None:
    """Bring MLflow's tables up to this MLflow's version, and make the home's experiment with its artifact folder."""
    _stay_silent()
    # MLflow's command line calls the same functions; it has no public ones.
    from mlflow.store.db.utils import _initialize_tables, _upgrade_db, create_sqlalchemy_engine_with_retry
    from sqlalchemy import inspect

    engine = create_sqlalchemy_engine_with_retry(_uri(settings, database))
    if inspect(engine).has_table("experiments"):
        _upgrade_db(engine)
    else:
        _initialize_tables(engine)
    engine.dispose()
    client = _client(settings, database)
    if client.get_experiment_by_name(_experiment_name(settings)) is None:
        settings.artifact_root.mkdir(parents=True, exist_ok=True)
        client.create_experiment(
            _experiment_name(settings), artifact_location=settings.artifact_root.resolve().as_uri()
        )


def open_tracking(settings: Settings, database: Database) -> Tracking:
    """The home's experiment. Raises `StackError` where `prepare_store` has not made it."""
    _stay_silent()
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        client = _client(settings, database)
        experiment = client.get_experiment_by_name(_experiment_name(settings))
    except (MlflowException, SQLAlchemyError) as error:
        raise no_answer(error) from error
    if experiment is None:
        raise StackError("MLflow's store has no experiment for this home.", remedy="Run `recsys up`.")
    return Tracking(client, _uri(settings, database), experiment.experiment_id)


def no_answer(error: Exception) -> StackError:
    """What to raise where MLflow's store does not answer."""
    code = getattr(error, "error_code", type(error).__name__)
    return StackError(f"MLflow's store does not answer ({code}).", remedy="`recsys up` starts and prepares it.")


def _gone(run_id: str, path: str) -> ModelError:
    return ModelError(
        f"MLflow run {run_id} has no artifact {path}.", remedy="Run train_models again with --train always."
    )


def _client(settings: Settings, database: Database) -> MlflowClient:
    import mlflow

    uri = _uri(settings, database)
    return mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)


def _uri(settings: Settings, database: Database) -> str:
    return database.url("mlflow", driver="postgresql+psycopg2", name=settings.mlflow_database)


def _experiment_name(settings: Settings) -> str:
    return settings.home.resolve().name.lstrip(".") or MODEL_NAME


def _stay_silent() -> None:
    """Nothing phones home; no progress bars of single files, no advice about pip in the log of a step."""
    stay_silent()
    os.environ.update(
        MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true",
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false",
        MLFLOW_LOGGING_LEVEL="ERROR",
    )
    # MLflow reads the variable when it is imported, which somebody else may have done before.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
