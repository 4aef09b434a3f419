"""A `kill -9` in every step of a second run: readers keep the first publication, and the next run completes."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.installation import RECSYS, Installation

from recsys.io.runs import run_of
from recsys.steps.registry import STEPS
from recsys.steps.runner import run_step, start_run

pytestmark = pytest.mark.slow
N_CUSTOMERS = 200


@pytest.fixture(scope="module")
def published(server_folder: Path) -> Iterator[Installation]:
    """A home with one publication and a second run that was started."""
    installation = Installation(server_folder / "kills")
    installation.recsys("feed", "demo", "--customers", str(N_CUSTOMERS), "--out", str(installation.feed))
    try:
        installation.recsys("run", "--local")
        start_run(run_of("killed", str(installation.feed), None, 5, "always"), installation.settings)
        yield installation
    finally:
        installation.recsys("down")


def read_rows(installation: Installation) -> list[tuple[Any, ...]]:
    with installation.database.connect("downstream") as connection:
        return connection.execute(
            "select customer_id, rank, product_id, score, publication_id from serving.recommendations order by 1, 2"
        ).fetchall()


def kill_while_running(installation: Installation, step: str) -> None:
    """Start a step as a process and kill it as soon as it has said that it runs."""
    command = [str(RECSYS), "--home", str(installation.settings.home), step, "--run-id", "killed"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait = threading.Event()
    with installation.database.connect("engineer", autocommit=True) as connection:
        running = "select 1 from ops.step_runs where run_id = 'killed' and step = %s and state = 'running'"
        while connection.execute(running, [step]).fetchone() is None:
            assert process.poll() is None, f"{step} ended before it could be killed"
            wait.wait(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_killed_step_leaves_the_publication_up_and_completes_when_run_again(published: Installation, step: str) -> None:
    before = read_rows(published)
    kill_while_running(published, step)
    assert read_rows(published) == before
    run_step(step, "killed", published.settings)
    with published.database.connect("engineer") as connection:
        attempts = connection.execute(
            "select state from ops.step_runs where run_id = 'killed' and step = %s order by step_run_id", [step]
        ).fetchall()
    assert attempts == [("failed",), ("succeeded",)]


def test_the_run_that_was_killed_in_every_step_is_what_readers_see(published: Installation) -> None:
    (newest, *_) = published.json("publications")
    assert newest["run_id"] == "killed"
    assert {row[-1] for row in read_rows(published)} == {newest["publication_id"]}
