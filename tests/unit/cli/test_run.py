"""What `recsys run` asks for and what it says afterwards, with the run itself left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from recsys.cli import follow
from recsys.cli import run as command
from recsys.cli.main import app
from recsys.errors import StackError
from recsys.io import airflow_api, postgres, stack
from recsys.io.postgres import Database
from recsys.io.secrets import read_secrets
from recsys.types import Run


class Airflow:
    """An Airflow that takes every run."""

    def __init__(self, *_: str) -> None:
        pass

    def wait_for_dag(self, dag_id: str) -> None:
        pass

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, Any]) -> None:
        pass


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs that were asked for; each succeeds."""
    runs: list[Run] = []
    for name in ("run_in_airflow", "run_here"):
        monkeypatch.setattr(command, name, lambda wanted, settings: runs.append(wanted))
    return runs


@pytest.fixture
def invoke(tmp_path: Path) -> Any:
    runner = CliRunner(env={"RECSYS_HOME": str(tmp_path / "home"), "RECSYS_FEED": ""})

    def run(*words: str) -> Result:
        return runner.invoke(app, ["run", *words])

    return run


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("feeds/bank", "{here}/feeds/bank"),
        ("/feeds/bank", "/feeds/bank"),
        ("~/bank", "~/bank"),
        ("s3://feeds/bank", "s3://feeds/bank"),
    ],
)
def test_a_feed_means_the_same_to_workers_in_another_folder(
    invoke: Any, asked: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, taken: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke("--feed", typed).exit_code == 0
    assert [run.feed for run in asked] == [taken.format(here=tmp_path)]


def test_what_the_nightly_run_takes_is_told_after_a_run_of_another_feed(invoke: Any, asked: list[Run]) -> None:
    assert "RECSYS_FEED=/feeds/bank" in invoke("--feed", "/feeds/bank").stdout
    assert "RECSYS_FEED" not in invoke().stdout
    assert "RECSYS_FEED" not in invoke("--feed", "/feeds/bank", "--local").stdout
    assert len(asked) == 3


def test_what_the_nightly_run_takes_is_not_told_after_a_failure(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StackError("score_customers failed.")

    monkeypatch.setattr(command, "run_in_airflow", fail)
    result = invoke("--feed", "/feeds/bank")
    assert result.exit_code == 1
    assert "RECSYS_FEED" not in result.output


def test_whoever_stops_following_is_told_that_the_run_goes_on(
    invoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("RECSYS_SECRET_AIRFLOW_UI_PASSWORD", "password")
    bank = Database("127.0.0.1", 1, "bank", read_secrets(tmp_path))
    monkeypatch.setattr(postgres, "open_database", lambda settings: bank)
    monkeypatch.setattr(stack, "airflow_url", lambda settings: "http://127.0.0.1:8080")
    monkeypatch.setattr(airflow_api, "AirflowApi", Airflow)
    monkeypatch.setattr(follow, "follow", interrupt)
    monkeypatch.setattr(command, "new_run_id", lambda: "run-1")
    result = invoke("--feed", "/feeds/bank")
    assert result.exit_code == 130
    url = "http://127.0.0.1:8080/dags/recommendations/runs/run-1"
    assert result.stdout.endswith(f"The run goes on in Airflow: {url}; `recsys runs run-1` shows it.\n")
