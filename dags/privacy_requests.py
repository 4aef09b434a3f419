"""
### What customers asked for as of right

Carries out access, export and erasure requests that were filed (`recsys privacy request`), also those that were cut
off, and warns of those that are late. A request is due one month after it was received (GDPR art. 12(3)).

* Nobody is named here: ids of customers stand sealed in the database, and tasks pass counts only. That is why there is
  nothing to fill in when it is triggered.
* `recsys privacy requests --overdue` lists what is late.
* While a step of `recommendations` writes, the task waits and tries again.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag

from step_tasks import DEFAULT_ARGUMENTS, step_task


@dag(
    dag_display_name="Privacy requests",
    description="Access, export and erasure, within the hour.",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("20 * * * *", timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args={**DEFAULT_ARGUMENTS, "retries": 6, "retry_delay": timedelta(minutes=10)},
    tags=["recsys", "hourly", "privacy"],
)
def privacy_requests() -> None:
    """One task: what is filed is known to the database alone."""
    step_task("privacy_requests", starts_run=True)


privacy_requests()
