"""What `recsys run` asks for and what it says afterwards, with the run itself left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from recsys.cli import run as command
from recsys.cli.main import app
from recsys.errors import StackError
from recsys.types import Run


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
