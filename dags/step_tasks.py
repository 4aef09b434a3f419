"""One step of `recsys.steps` as one Airflow task: the same name, and nothing but wiring."""

from __future__ import annotations

import logging
import os
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from recsys.steps.registry import find_step

if TYPE_CHECKING:
    from airflow.sdk import XComArg

    from recsys.errors import RecsysError
    from recsys.settings import Settings

log = logging.getLogger("recsys")

DEFAULT_ARGUMENTS = {
    "owner": "recsys",
    "retries": 1,
    "retry_delay": timedelta(seconds=30),
    "execution_timeout": timedelta(hours=2),
}
TOP_N = Param(
    None,
    type=["null", "integer"],
    minimum=1,
    maximum=100,
    title="Recommendations per customer",
    description="How many products each customer gets at most. Empty: the installation's setting (5).",
)
TRAIN = Param(
    "auto",
    type="string",
    enum=["auto", "always", "never"],
    title="Train",
    description="auto: when there is no champion, it is older than a week, or the features changed.",
)
REQUIRE_APPROVAL = Param(
    False,
    type="boolean",
    title="Require approval",
    description="A model that passes the gate waits for `recsys models approve`. A setting may ask for it always.",
)
_SECONDS_BETWEEN_PROGRESS = 5.0


def step_task(name: str, *, starts_run: bool = False, timeout: timedelta = timedelta(hours=2)) -> XComArg:
    """The task that runs the step called `name`; the first of a DAG also registers the run."""

    @task(task_id=name, doc_md=find_step(name).summary, execution_timeout=timeout)
    def run() -> dict[str, int]:
        return _run(name, starts_run)

    return run()


def _run(name: str, starts_run: bool) -> dict[str, int]:
    # Imported here: the dag-processor reads this file every two minutes and needs none of it.
    from recsys.errors import RecsysError
    from recsys.io.sources.credentials import Credentials
    from recsys.settings import Settings
    from recsys.steps.runner import run_step

    context = get_current_context()
    run_id, settings = str(context["dag_run"].run_id), Settings()
    try:
        if starts_run:
            _start_run(run_id, dict(context["params"]), settings, name)
        result = run_step(name, run_id, settings, log_progress(), Credentials(os.environ, _connection_uri))
    except RecsysError as error:
        raise airflow_error(error) from None
    for key, value in result.details.items():
        log.info("%s: %s", key, value)
    if reason := result.details.get("skipped"):
        raise AirflowSkipException(str(reason))
    return {"rows": result.rows}


def _connection_uri(connection_id: str) -> str | None:
    """The credential of a source that Airflow keeps, in its database or in the store that it is set to; else None."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return str(Connection.get(connection_id).get_uri())
    except AirflowNotFoundException:
        return None


def _start_run(run_id: str, params: dict[str, Any], settings: Settings, first_step: str) -> None:
    from datetime import date

    from recsys.io.runs import run_of
    from recsys.steps.runner import start_run

    as_of = date.fromisoformat(params["as_of"]) if params.get("as_of") else None
    feed = params.get("feed") or settings.feed_location
    run = run_of(
        run_id,
        feed,
        as_of,
        params.get("top_n") or settings.top_n,
        params.get("train", "never"),
        require_approval=params.get("require_approval", False) or settings.require_approval,
    )
    start_run(run, settings, first_step)


def airflow_error(error: RecsysError) -> AirflowException:
    """What waiting may mend is tried again; a bad feed or a failed check stays bad, so it fails at once."""
    from recsys.errors import RunError, SourceError, StackError, StepCrash

    kind = (
        AirflowException if isinstance(error, RunError | SourceError | StackError | StepCrash) else AirflowFailException
    )
    return kind(str(error))


def log_progress() -> Any:
    """A progress that writes at most one line every few seconds."""
    last = 0.0

    def write(done: int, total: int | None, what: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_PROGRESS or done == total:
            last = time.monotonic()
            log.info("%s of %s %s", f"{done:,}", "?" if total is None else f"{total:,}", what)

    return write
