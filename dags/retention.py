"""
### Letting go of what is older than its period

Deletes rows and files that the bank has no reason to keep any longer: raw rows by the date of the data, rejected rows,
personal values before they were standardised, old publications, task logs, reports. The periods are the packaged ones
(`recsys privacy places`) with what `retention.toml` in the home changes of them.

**Trigger** it with *Dry run* to see in the log what would go. What went is in `ops.retention_runs` and audited.
While a step of `recommendations` writes, it waits and tries again.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task

from step_tasks import DEFAULT_ARGUMENTS, airflow_error, log_progress

log = logging.getLogger("recsys")
DRY_RUN = Param(
    False,
    type="boolean",
    title="Dry run",
    description="Only write to the log what would go; nothing is changed.",
)


@task(
    task_id="retention",
    doc_md="Deletes what is older than its period, place by place, or only counts it.",
    execution_timeout=timedelta(hours=4),
)
def enforce() -> dict[str, int]:
    """Enforce the policy, and tell Airflow how many rows and files went."""
    # Imported here: the dag-processor reads this file every two minutes and needs none of it.
    from recsys.errors import RecsysError
    from recsys.settings import Settings
    from recsys.steps.retention import retention as enforce_retention

    context = get_current_context()
    run_id, is_dry_run = str(context["dag_run"].run_id), bool(context["params"]["dry_run"])
    try:
        done = enforce_retention(Settings(), run_id, is_dry_run=is_dry_run, progress=log_progress())
    except RecsysError as error:
        raise airflow_error(error) from None
    for age, n_deleted in done:
        log.info("%s: %s days, %s of %s past, %s deleted", age.name, age.keep_days, age.n_past, age.n_rows, n_deleted)
    return {"past": sum(age.n_past for age, _ in done), "deleted": sum(n_deleted for _, n_deleted in done)}


@dag(
    dag_display_name="Retention",
    description="Lets go of what is older than its period, daily, in every table and folder that has one.",
    doc_md=__doc__,
    # Eight hours after the daily run began, and not at the hour of the weekly training.
    schedule=CronTriggerTimetable("0 11 * * *", timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args={**DEFAULT_ARGUMENTS, "retries": 6, "retry_delay": timedelta(minutes=10)},
    params={"dry_run": DRY_RUN},
    tags=["recsys", "daily", "privacy"],
)
def retention() -> None:
    """One task."""
    enforce()


retention()
