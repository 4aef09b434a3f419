"""A real PostgreSQL for the whole test run, and for each test a migrated database and a home of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from tests.copied_home import copied_home
from tests.installation import Installation

from recsys.io import cluster, migrate
from recsys.io.postgres import Database, open_database
from recsys.settings import Settings

N_DEMO_CUSTOMERS = 500

# A shared machine is slow at times, and what CI tries must be what it tried before; at a desk, look further every time.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder for servers. Every start of pytest closes its own root to other users, and PostgreSQL's is one."""
    with tempfile.TemporaryDirectory(prefix="recsys-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _no_tuning() -> Iterator[None]:
    """Trainings of the tests take their default recipes and measure no features; what tests that, says so."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RECSYS_TUNING_TRIALS", "0")
        environment.setenv("RECSYS_IMPORTANCE_REPEATS", "0")
        yield


@pytest.fixture(scope="session")
def server(server_folder: Path) -> Iterator[Settings]:
    """A home with a running server, whose database `recsys` is migrated and empty."""
    settings = Settings(home=server_folder / "shared")
    cluster.start(settings)
    migrate.prepare_database(settings)
    yield settings
    cluster.stop(settings)


@pytest.fixture
def home(server: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A home of the test's own, with an empty migrated database on the shared server."""
    with copied_home(server, tmp_path / "home") as settings:
        yield settings


@pytest.fixture
def database(home: Settings) -> Database:
    """The test's own database."""
    return open_database(home)


@pytest.fixture(scope="session")
def few_candidates() -> Iterator[None]:
    """Two candidates with their defaults beside popularity: what these tests are about is not which model is best.

    The real banks train all of them.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RECSYS_CANDIDATES", "inductive,logistic,collaborative")
        environment.setenv("RECSYS_TUNING_TRIALS", "0")
        yield


@pytest.fixture(scope="session")
def demo(server_folder: Path, few_candidates: None) -> Iterator[Installation]:
    """A home in which the demo bank was published without Airflow."""
    installation = Installation(server_folder / "demo")
    installation.recsys("feed", "demo", "--customers", str(N_DEMO_CUSTOMERS), "--out", str(installation.feed))
    try:
        installation.recsys("run", "--local")
        yield installation
    finally:
        installation.recsys("down")
