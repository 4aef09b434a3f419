"""Running one step: the same way from Airflow, from the command line and from tests."""

from __future__ import annotations

from dataclasses import replace

import structlog

from recsys.errors import RecsysError
from recsys.io.memory import peak_memory_bytes, reset_peak_memory
from recsys.io.postgres import open_database, writer_lock
from recsys.io.runs import begin_step, check_is_current, end_step, fail_step, make_current, read_run, write_run
from recsys.io.sources.credentials import Credentials, from_environment
from recsys.io.trainings import has_own_feed
from recsys.settings import Settings
from recsys.steps.context import StepContext
from recsys.steps.crashes import without_values
from recsys.steps.registry import STEPS, find_step
from recsys.types import Progress, Run, StepResult, no_progress

log = structlog.get_logger()


def start_run(run: Run, settings: Settings, first_step: str = STEPS[0].name) -> None:
    """Register a run. One that begins with a bound step takes the database over: steps of older runs are refused."""
    with open_database(settings).connect(STEPS[0].role) as connection, writer_lock(connection):
        write_run(connection, run)
        if find_step(first_step).is_bound:
            make_current(connection, run.run_id)


def ask_for_approval(run_id: str, settings: Settings) -> None:
    """Have the challenger of a run that was started wait for approval. Raises `RunError` where there is no such run."""
    with open_database(settings).connect("training") as connection, writer_lock(connection):
        write_run(connection, replace(read_run(connection, run_id), require_approval=True))


def run_step(
    name: str,
    run_id: str,
    settings: Settings,
    progress: Progress = no_progress,
    credentials: Credentials | None = None,
) -> StepResult:
    """Run one step of a run that was started, alone in its database, and keep what it did in `ops.step_runs`.

    `credentials` are those of sources; by default they come from the environment.

    Raises `RunError` where another step is writing or a newer run has taken over, and what the step raises; of an error
    that is not our own only the kind and the place, as `StepCrash` or, where the database broke off, as `StackError`.
    """
    step = find_step(name)
    database = open_database(settings)
    with database.connect(step.role, autocommit=True) as watch, writer_lock(watch):
        run = read_run(watch, run_id)
        if step.is_bound or has_own_feed(watch, run_id):
            check_is_current(watch, run_id)
        step_run_id = begin_step(watch, run_id, name)
        reset_peak_memory()
        log.info("step started", step=name, run_id=run_id)
        try:
            known = credentials or from_environment()
            result = step.load()(StepContext(run, settings, database, step.role, progress, known))
        except BaseException as error:
            failure = without_values(error, name, run_id)
        else:
            end_step(watch, step_run_id, result, peak_memory_bytes())
            log.info("step succeeded", step=name, run_id=run_id, rows=result.rows)
            return result
        # Out here nothing is chained to the first error, whose message may quote a row.
        message = str(failure) if isinstance(failure, RecsysError) else f"{type(failure).__name__}: see the log"
        fail_step(watch, step_run_id, message, peak_memory_bytes())
        raise failure from None
