"""MLflow: its store in PostgreSQL, runs of training, and the registry with its champion."""

from __future__ import annotations

import logging
import os
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.errors import ModelError, StackError
from recsys.io.postgres import Database, open_database
from recsys.io.silence import stay_silent
from recsys.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from recsys.models.bundle import Bundle

MODEL_NAME = "recsys"
ALIAS = "champion"
# The tag that says under which version of the pseudonym key the persons of a model are known.
KEY_VERSION = "pseudonym_version"
# What reading a stored model takes, besides recsys itself.
_REQUIREMENTS = ("numpy", "pandas", "pyarrow")
# How MLflow says that a name or an alias does not exist. Any other error says nothing about what is registered.
_MISSING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


@dataclass(frozen=True)
class Champion:
    """The registered version that serves: `tags` say when and why it was promoted."""

    version: str
    bundle: Bundle
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Version:
    """One registered version: where it is and what is written on it, without its files."""

    version: str
    run_id: str
    source: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Unreadable:
    """A champion that this version of recsys cannot read, and what is wrong with it. It can serve nobody."""

    version: str
    error: ModelError


@dataclass(frozen=True)
class Tracking:
    """One home's experiment."""

    client: MlflowClient
    uri: str
    experiment_id: str

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str], parent_id: str | None = None) -> Iterator[str]:
        """A run that ends as finished, or as failed where the block raises. Gives its id."""
        nesting = {} if parent_id is None else {"mlflow.parentRunId": parent_id}
        run_id = self.client.create_run(self.experiment_id, run_name=name, tags={**tags, **nesting}).info.run_id
        try:
            yield run_id
        except BaseException:
            self.client.set_terminated(run_id, "FAILED")
            raise
        self.client.set_terminated(run_id, "FINISHED")

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

    def list_versions(self) -> list[Version]:
        """Every registered version, the oldest first. Raises `StackError` where the store does not answer."""
        from mlflow.exceptions import MlflowException

        try:
            found = self.client.search_model_versions(f"name = '{MODEL_NAME}'", max_results=10_000)
        except MlflowException as error:
            raise _no_answer(error) from error
        versions = [Version(str(one.version), one.run_id, one.source, dict(one.tags)) for one in found]
        return sorted(versions, key=lambda one: int(one.version))

    def set_champion_tag(self, version: str, name: str, value: str) -> None:
        """One tag of a registered version."""
        self.client.set_model_version_tag(MODEL_NAME, version, name, value)

    def read_file(self, run_id: str, path: str, folder: Path) -> Path:
        """A local copy, in `folder`, of one artifact of a run.

        Raises `ModelError` where it is gone, `StackError` where the store does not answer.
        """
        from mlflow.exceptions import MlflowException

        try:
            return Path(self.client.download_artifacts(run_id, path, str(folder)))
        except MlflowException as error:
            if error.error_code not in _MISSING:
                raise _no_answer(error) from error
            raise _gone(run_id, path) from error
        except OSError as error:
            raise _gone(run_id, path) from error

    def find_champion(self) -> Champion | Unreadable | None:
        """The registered version with the alias `champion`, or None where there is none yet.

        Raises `StackError` where the store does not answer: a champion that cannot be seen is not none.
        """
        from mlflow.exceptions import MlflowException

        from recsys.models.bundle import read_bundle

        try:
            found = self.client.get_model_version_by_alias(MODEL_NAME, ALIAS)
        except MlflowException as error:
            if error.error_code in _MISSING:
                return None
            raise _no_answer(error) from error
        with tempfile.TemporaryDirectory() as folder:
            try:
                files = self.read_file(found.run_id, "bundle", Path(folder))
                return Champion(str(found.version), read_bundle(files), dict(found.tags))
            except ModelError as error:
                return Unreadable(str(found.version), error)

    def register(self, run_id: str, bundle: Bundle, tags: Mapping[str, str], description: str) -> str:
        """Log the bundle as a pyfunc model of the run, register it, make it champion, and return its version."""
        from recsys.models.bundle import write_bundle

        with tempfile.TemporaryDirectory() as folder:
            write_bundle(bundle, Path(folder) / "bundle")
            self.log_files(run_id, Path(folder))
            source = self._log_pyfunc(run_id, bundle, Path(folder) / "bundle")
        self._create_registered_model()
        made = self.client.create_model_version(
            MODEL_NAME, source, run_id, tags=dict(tags), description=description, await_creation_for=0
        )
        self.client.set_registered_model_alias(MODEL_NAME, ALIAS, made.version)
        return str(made.version)

    def _log_pyfunc(self, run_id: str, bundle: Bundle, files: Path) -> str:
        with warnings.catch_warnings():
            # About type hints of MLflow's own classes, and about integers, of which the example has none.
            warnings.simplefilter("ignore", UserWarning)
            import mlflow

            from recsys.models.bundle import PyfuncModel, input_example

            example = input_example(bundle.encoder)
            signature = mlflow.models.infer_signature(example, PyfuncModel(bundle).predict(example))
            mlflow.set_tracking_uri(self.uri)
            with mlflow.start_run(run_id=run_id):
                model = mlflow.pyfunc.log_model(
                    name="model",
                    loader_module="recsys.models.bundle",
                    data_path=str(files),
                    signature=signature,
                    input_example=example,
                    # Given, because guessing them takes MLflow some ten seconds and a process.
                    pip_requirements=[f"{name}=={version(name)}" for name in _REQUIREMENTS],
                )
        return str(model.model_uri)

    def _create_registered_model(self) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self.client.create_registered_model(MODEL_NAME, description="Product recommendations for customers.")
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise


def erase_vectors_in(settings: Settings, person_keys: Sequence[str]) -> dict[Path, int]:
    """Delete persons' vectors from every bundle among the artifacts; by its folder, how many went."""
    from recsys.models.bundle import ARRAYS_FILE, erase_vectors

    erased = {
        path.parent: erase_vectors(path.parent, person_keys) for path in settings.artifact_root.rglob(ARRAYS_FILE)
    }
    return {folder: n_vectors for folder, n_vectors in erased.items() if n_vectors}


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
        raise _no_answer(error) from error
    if experiment is None:
        raise StackError("MLflow's store has no experiment for this home.", remedy="Run `recsys up`.")
    return Tracking(client, _uri(settings, database), experiment.experiment_id)


def load_champion(settings: Settings) -> Champion:
    """The champion that serves. Raises `ModelError` where there is none, or one that this version cannot serve with."""
    from recsys.models.bundle import check_fits

    champion = open_tracking(settings, open_database(settings)).find_champion()
    if champion is None:
        raise ModelError(
            "There is no champion yet.",
            remedy="Training has to succeed once: run with --train auto or always. `recsys runs` shows why it failed.",
        )
    if isinstance(champion, Unreadable):
        raise champion.error
    check_fits(champion.bundle)
    return champion


def _no_answer(error: Exception) -> StackError:
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
