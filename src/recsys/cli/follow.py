"""Watching a DAG run from the terminal until it ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import typer

from recsys.cli.console import hint, in_seconds, say
from recsys.cli.step_notes import step_notes
from recsys.errors import StackError

if TYPE_CHECKING:
    from recsys.io.airflow_api import AirflowApi, TaskState
    from recsys.settings import Settings

_POLL_SECONDS = 1.0
_PATIENCE_SECONDS = 60.0
_FINISHED = ("success", "failed")
_COLOURS = {"success": typer.colors.GREEN, "failed": typer.colors.RED, "running": typer.colors.CYAN}
# States that say nothing to whoever waits for the task to begin, or knows already what stopped it.
_WAITING = ("waiting", "scheduled", "queued", "restarting", "upstream_failed")


def follow(settings: Settings, api: AirflowApi, dag_id: str, run_id: str) -> None:
    """Print a line for every change of a task until the run ends.

    Raises `StackError` with the failed task's name, error and log, also where the run itself got past it.
    """
    began, shown = time.monotonic(), dict[str, tuple[str, int]]()
    state = ""
    while state not in _FINISHED:
        state, tasks = _look(api, dag_id, run_id)
        for task in tasks.values():
            _show_change(settings, run_id, task, shown, time.monotonic() - began)
        if state not in _FINISHED:
            time.sleep(_POLL_SECONDS)
    failed = [task for task in tasks.values() if task.state == "failed"]
    if failed:
        raise _failure(settings, dag_id, run_id, min(failed, key=lambda task: task.task_id != _first(settings, run_id)))
    if state == "failed":
        raise StackError(f"The run {run_id} failed.", remedy="The Airflow UI shows why.")
    say(f"{_clock(time.monotonic() - began)}  the run is complete")


def _look(api: AirflowApi, dag_id: str, run_id: str) -> tuple[str, dict[str, TaskState]]:
    """The state of the run and of its tasks. Raises `StackError` where Airflow has not answered for a minute."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            # The state is read first, so that the last look at the tasks is after the end.
            return api.run_state(dag_id, run_id), api.task_states(dag_id, run_id)
        except StackError:
            # A busy machine answers late; the run itself goes on.
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)


def _show_change(
    settings: Settings, run_id: str, task: TaskState, shown: dict[str, tuple[str, int]], seconds: float
) -> None:
    now = (task.state, task.attempt)
    if task.state in _WAITING or shown.get(task.task_id) == now or task.task_id == "training_settled":
        return
    shown[task.task_id] = now
    done = _step_runs(settings, run_id).get(task.task_id, {}) if task.state == "success" else {}
    n_rows = done.get("row_count")
    rows = "" if n_rows is None else f"{n_rows:,} rows"
    state = typer.style(f"{task.state:<16}", fg=_COLOURS.get(task.state))
    spent = in_seconds(task.seconds) if task.state != "running" else ""
    say(f"{_clock(seconds)}  {task.task_id:<24}{state}{spent:>12}{rows:>18}".rstrip())
    for note in step_notes(done.get("details") or {}):
        hint(f"       {note}")


def _failure(settings: Settings, dag_id: str, run_id: str, task: TaskState) -> StackError:
    from recsys.io.services import task_log

    note = _step_runs(settings, run_id).get(task.task_id, {})
    reason = note.get("error") or "it ended before it could say why"
    log = task_log(settings, dag_id, run_id, task.task_id)
    return StackError(f"{task.task_id} failed: {reason}", remedy=f"Its log is {log}")


def _first(settings: Settings, run_id: str) -> str:
    """The step that failed first."""
    failed = [row for row in _step_runs(settings, run_id).values() if row["state"] == "failed"]
    return min(failed, key=lambda row: row["step_run_id"])["step"] if failed else ""


def _step_runs(settings: Settings, run_id: str) -> dict[str, dict[str, Any]]:
    from recsys.io.postgres import open_database
    from recsys.io.runs import read_step_runs

    with open_database(settings).connect("engineer") as connection:
        return {row["step"]: row for row in read_step_runs(connection, run_id)}


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
