"""Step commands in a home with a real database: what programs read of them, and what `runs` shows of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tests.integration.small_feed import write_small_feed
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.io.postgres import Database
from recsys.io.runs import begin_step, end_step
from recsys.settings import Settings
from recsys.types import StepResult


@pytest.fixture
def invoke(home: Settings) -> Any:
    runner = CliRunner(env={"RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name})

    def run(*words: str) -> Result:
        return runner.invoke(app, list(words))

    return run


def test_step_answers_a_program_in_json_alone(invoke: Any, tmp_path: Path) -> None:
    feed = write_small_feed(tmp_path / "feed")
    result = invoke("ingest_feed", "--run-id", "run-1", "--feed", str(feed), "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert (answer["step"], answer["state"], answer["row_count"]) == ("ingest_feed", "succeeded", 8)
    assert "ingest_feed" in result.stderr


def test_runs_shows_where_the_checks_and_the_candidates_are_to_be_seen(
    invoke: Any, database: Database, tmp_path: Path
) -> None:
    invoke("ingest_feed", "--run-id", "run-1", "--feed", str(write_small_feed(tmp_path / "feed")))
    with database.connect("transform") as connection:
        step_run_id = begin_step(connection, "run-1", "check_raw")
        end_step(connection, step_run_id, StepResult(8, {"data_docs": "/home/data_docs/run-1/raw/index.html"}), 1)
        step_run_id = begin_step(connection, "run-1", "train_models")
        end_step(connection, step_run_id, StepResult(8, {"mlflow_run_id": "4711"}), 1)
    shown = invoke("runs", "run-1").stdout
    assert "Data Docs of check_raw: /home/data_docs/run-1/raw/index.html" in shown
    assert "MLflow run of train_models: 4711" in shown


def test_runs_shows_the_day_that_was_asked_for_or_else_what_the_feed_says(invoke: Any, tmp_path: Path) -> None:
    feed = str(write_small_feed(tmp_path / "feed"))
    invoke("ingest_feed", "--run-id", "run-1", "--feed", feed)
    invoke("ingest_feed", "--run-id", "run-2", "--feed", feed, "--as-of", "2025-01-31")
    days = {row["run_id"]: row["as_of"] for row in json.loads(invoke("runs", "--json").stdout)}
    assert days == {"run-1": "2024-12-31", "run-2": "2025-01-31"}
