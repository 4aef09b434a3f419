"""What `recsys run` asks for and what it says afterwards, with the run itself left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from recsys.cli import run as command
from recsys.cli.main import app
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
