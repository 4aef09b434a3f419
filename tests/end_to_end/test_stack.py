"""The stack itself: up, a run that fails in words, and down without a process left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys.io import cluster, processes, services, stack
from recsys.settings import Settings

pytestmark = pytest.mark.slow
RECSYS = Path(sys.executable).with_name("recsys")


@pytest.fixture(scope="module")
def running(server_folder: Path) -> Iterator[Settings]:
    settings = Settings(home=server_folder / "stack")
    try:
        stack.up(settings)
        yield settings
    finally:
        stack.down(settings)


def recsys(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(RECSYS), "--home", str(settings.home), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def test_everything_runs_and_says_where(running: Settings) -> None:
    done = recsys(running, "status", "--json")
    states = {state["name"]: state for state in json.loads(done.stdout)}
    assert done.returncode == 0
    assert set(states) == {"postgres", *services.SERVICES}
    assert all("127.0.0.1" in states[name]["url"] for name in ("postgres", "mlflow", "airflow-api-server", "api"))


def test_a_second_up_starts_nothing_again(running: Settings) -> None:
    before = {state.name: state.pid for state in stack.status(running)}
    stack.up(running)
    assert {state.name: state.pid for state in stack.status(running)} == before


def test_a_failed_task_ends_the_run_with_its_name_its_error_and_its_log(running: Settings, tmp_path: Path) -> None:
    done = recsys(running, "run", "--feed", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "ingest_feed failed: " in done.stderr
    assert "nowhere" in done.stderr
    log = Path(done.stderr.strip().splitlines()[-1].removeprefix("Its log is "))
    assert log.is_file()
    assert "Traceback" not in done.stdout + done.stderr


def test_no_secret_is_on_a_command_line_or_in_a_log(running: Settings) -> None:
    secrets = json.loads((running.home / "secrets.json").read_text()).values()
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    logs = [path.read_bytes() for path in running.home.rglob("*.log")]
    assert logs
    assert not [secret for secret in secrets for text in (*lines, *logs) if secret.encode() in text]


def test_down_leaves_no_process_even_of_a_service_that_died(running: Settings) -> None:
    scheduler = processes.read_note(running.home, "airflow-scheduler")
    assert scheduler is not None
    sessions = {state.pid for state in stack.status(running) if state.pid}
    os.kill(scheduler.pid, signal.SIGKILL)
    stack.down(running)
    assert list(processes._processes_of(sessions)) == []
    assert processes.stray_processes(running.home) == []
    assert not cluster.is_running(running)
