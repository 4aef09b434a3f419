"""
### Training beside the daily run

Trains the candidates on the marts as they stand, compares them in MLflow, and makes the best one champion if it passes
the gate. The next `recommendations` run scores with it. With **Require approval** it waits for `recsys models approve`
instead, and the champion goes on serving.

It works on the data of the last load; while a step of `recommendations` writes, its first task waits and tries again.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, Param, chain, dag

from step_tasks import DEFAULT_ARGUMENTS, REQUIRE_APPROVAL, step_task

TRAIN = Param(
    "always",
    type="string",
    enum=["auto", "always"],
    title="Train",
    description="always: now. auto: only when training is due.",
)


@dag(
    dag_display_name="Training",
    description="Candidates, comparison and the promotion gate, weekly.",
    doc_md=__doc__,
    # Sunday noon, nine hours after the daily run began: both work on the same marts.
    schedule=CronTriggerTimetable("0 12 * * 0", timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args={**DEFAULT_ARGUMENTS, "retries": 6, "retry_delay": timedelta(minutes=10)},
    params={"train": TRAIN, "require_approval": REQUIRE_APPROVAL},
    tags=["recsys", "weekly"],
)
def training() -> None:
    """Train, then decide."""
    chain(
        step_task("train_models", starts_run=True, timeout=timedelta(hours=8)),
        step_task("promote_model", timeout=timedelta(hours=4)),
    )


training()
