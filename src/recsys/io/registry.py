"""MLflow's registry: every version of the model that was registered, and which of them serves."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.errors import ModelError, NotFoundError
from recsys.io.postgres import Database, open_database, read_key_versions
from recsys.io.tracking import MISSING, MODEL_NAME, Tracking, no_answer, open_tracking
from recsys.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from recsys.models.bundle import Bundle

ALIAS = "champion"
# The version that has passed the gate and waits for somebody's approval.
WAITING_ALIAS = "challenger"
# The tag that says under which version of the pseudonym key the persons of a model are known.
KEY_VERSION = "pseudonym_version"
# What reading a stored model takes, besides recsys itself.
_REQUIREMENTS = ("numpy", "pandas", "pyarrow")


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
class Registry:
    """What one home has registered."""

    tracking: Tracking

    def list_versions(self) -> list[Version]:
        """Every registered version, the oldest first. Raises `StackError` where the store does not answer."""
        from mlflow.exceptions import MlflowException

        try:
            found = self._client.search_model_versions(f"name = '{MODEL_NAME}'", max_results=10_000)
        except MlflowException as error:
            raise no_answer(error) from error
        versions = [Version(str(one.version), one.run_id, one.source, dict(one.tags)) for one in found]
        return sorted(versions, key=lambda one: int(one.version))

    def find_version(self, number: str) -> Version:
        """One registered version. Raises `NotFoundError` where there is none of that number."""
        for one in self.list_versions():
            if one.version == number:
                return one
        raise NotFoundError(f"No version {number} is registered.", remedy="`recsys models list` shows the versions.")

    def set_tag(self, number: str, name: str, value: str) -> None:
        """One tag of a registered version."""
        self._client.set_model_version_tag(MODEL_NAME, number, name, value)

    def set_alias(self, alias: str, number: str) -> None:
        """Give the name `alias` to a version, and to no other any more."""
        self._client.set_registered_model_alias(MODEL_NAME, alias, number)

    def drop_alias(self, alias: str) -> None:
        """Nobody is called `alias` any more; where nobody was, nothing changes."""
        if self.find_alias(alias) is not None:
            self._client.delete_registered_model_alias(MODEL_NAME, alias)

    def find_alias(self, alias: str) -> Version | None:
        """The version that is called `alias`, or None.

        Raises `StackError` where the store does not answer: a version that cannot be seen is not none.
        """
        from mlflow.exceptions import MlflowException

        try:
            found = self._client.get_model_version_by_alias(MODEL_NAME, alias)
        except MlflowException as error:
            if error.error_code in MISSING:
                return None
            raise no_answer(error) from error
        return Version(str(found.version), found.run_id, found.source, dict(found.tags))

    def find_champion(self) -> Champion | Unreadable | None:
        """The version that serves, or None where there is none yet. Raises `StackError` as `find_alias`."""
        found = self.find_alias(ALIAS)
        if found is None:
            return None
        try:
            return Champion(found.version, self.read_bundle_of(found), found.tags)
        except ModelError as error:
            return Unreadable(found.version, error)

    def read_bundle_of(self, registered: Version) -> Bundle:
        """The files of a version. Raises `ModelError` where they are gone or of no use to this version of recsys."""
        from recsys.models.bundle import read_bundle

        with tempfile.TemporaryDirectory() as folder:
            return read_bundle(self.tracking.read_file(registered.run_id, "bundle", Path(folder)))

    def register(self, run_id: str, bundle: Bundle, tags: Mapping[str, str], description: str) -> str:
        """Log the bundle as a pyfunc model of the run, register it and return its version. It does not serve yet."""
        from recsys.models.bundle import write_bundle

        with tempfile.TemporaryDirectory() as folder:
            write_bundle(bundle, Path(folder) / "bundle")
            self.tracking.log_files(run_id, Path(folder))
            source = self._log_pyfunc(run_id, bundle, Path(folder) / "bundle")
        self._create_registered_model()
        made = self._client.create_model_version(
            MODEL_NAME, source, run_id, tags=dict(tags), description=description, await_creation_for=0
        )
        return str(made.version)

    @property
    def _client(self) -> MlflowClient:
        return self.tracking.client

    def _log_pyfunc(self, run_id: str, bundle: Bundle, files: Path) -> str:
        with warnings.catch_warnings():
            # About type hints of MLflow's own classes, and about integers, of which the example has none.
            warnings.simplefilter("ignore", UserWarning)
            import mlflow

            from recsys.models.bundle import PyfuncModel, input_example

            example = input_example(bundle.encoder)
            signature = mlflow.models.infer_signature(example, PyfuncModel(bundle).predict(example))
            mlflow.set_tracking_uri(self.tracking.uri)
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
            self._client.create_registered_model(MODEL_NAME, description="Product recommendations for customers.")
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise


def open_registry(settings: Settings, database: Database) -> Registry:
    """The home's registry. Raises `StackError` where `prepare_store` has not made its store."""
    return Registry(open_tracking(settings, database))


def load_champion(settings: Settings) -> Champion:
    """The champion that serves. Raises `ModelError` where there is none, or one that this version cannot serve with."""
    from recsys.models.bundle import check_fits

    champion = open_registry(settings, open_database(settings)).find_champion()
    if champion is None:
        raise ModelError(
            "There is no champion yet.",
            remedy="Training has to succeed once: run with --train auto or always. `recsys runs` shows why it failed.",
        )
    if isinstance(champion, Unreadable):
        raise champion.error
    check_fits(champion.bundle)
    return champion


def with_current_keys(database: Database, bundle: Bundle, tags: Mapping[str, str]) -> Bundle:
    """`bundle` with its persons under the pseudonym key of today: it may have been rotated since the training.

    `tags` are those of the bundle's version.
    """
    from recsys.models.bundle import renew_identities

    trained = int(tags.get(KEY_VERSION, 1))
    version = read_key_versions(database).get("pseudonym_key", 1)
    if version == trained:
        return bundle
    return renew_identities(bundle, database.secrets.version("pseudonym_key", version).links[trained:])


def erase_vectors_in(settings: Settings, person_keys: Sequence[str]) -> dict[Path, int]:
    """Delete persons' vectors from every bundle among the artifacts; by its folder, how many went."""
    from recsys.models.bundle import ARRAYS_FILE, erase_vectors

    erased = {
        path.parent: erase_vectors(path.parent, person_keys) for path in settings.artifact_root.rglob(ARRAYS_FILE)
    }
    return {folder: n_vectors for folder, n_vectors in erased.items() if n_vectors}
