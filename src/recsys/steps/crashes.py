"""Errors that are not our own, on their way out of a step: without their messages, which may quote a row.

PostgreSQL names the key that a constraint refused, COPY the line, Arrow the value. Whatever leaves a step is written to
Airflow's log or to a terminal, so only the kind of such an error and the places that it came through are kept.
"""

from __future__ import annotations

import traceback
from pathlib import Path

import structlog

from recsys.errors import RecsysError, StackError, StepCrash
from recsys.io.postgres import is_broken_off

log = structlog.get_logger()
_PACKAGE = Path(__file__).parents[1]


def without_values(error: BaseException, step: str, run_id: str) -> BaseException:
    """What to raise in the place of `error`: itself where it is our own or an interruption."""
    if isinstance(error, RecsysError) or not isinstance(error, Exception):
        return error
    kind, frames = type(error).__name__, traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    log.error("step crashed", step=step, run_id=run_id, error=kind, places=places)
    where = _innermost_of_ours(frames)
    if is_broken_off(error):
        return StackError(
            f"{step}: PostgreSQL broke off with {kind} at {where}.",
            remedy="`recsys status` shows whether it runs; then run the step again.",
        )
    return StepCrash(
        f"{step} crashed with {kind} at {where}.",
        remedy="Its message is withheld, because it may quote a customer's row; the log names the places it came "
        "through. Run the step again, and report it if it comes back.",
    )


def _innermost_of_ours(frames: traceback.StackSummary) -> str:
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    frame = (ours or frames)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"
