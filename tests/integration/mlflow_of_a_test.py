"""An MLflow store of the tests' own: one database for a module, an empty registry for each test."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress

import pytest
from mlflow.exceptions import MlflowException
from psycopg import sql

from recsys.io import cluster
from recsys.io.postgres import Database, open_database
from recsys.io.studies import prepare_studies
from recsys.io.tracking import MODEL_NAME, open_tracking, prepare_store
from recsys.settings import Settings


@pytest.fixture(scope="module")
def mlflow_database(server: Settings) -> Iterator[str]:
    name = f"mlflow_{uuid.uuid4().hex[:12]}"
    maintenance = Database("127.0.0.1", cluster.running_port(server), "postgres", open_database(server).secrets)
    with maintenance.connect("admin", autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} owner mlflow").format(sql.Identifier(name)))
        yield name
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def tracked(home: Settings, mlflow_database: str) -> Settings:
    """The test's home with a prepared MLflow store, in which nothing is registered; few candidates, none tuned."""
    # The experiment is named after the folder.
    folder = home.home.with_name(f"home_{uuid.uuid4().hex[:8]}")
    shutil.copytree(home.home, folder)
    few = {"candidates": "inductive,logistic,collaborative", "tuning_trials": 0}
    settings = home.model_copy(update={"mlflow_database": mlflow_database, "home": folder, **few})
    database = open_database(settings)
    prepare_store(settings, database)
    prepare_studies(settings, database)
    with suppress(MlflowException):
        open_tracking(settings, database).client.delete_registered_model(MODEL_NAME)
    return settings
