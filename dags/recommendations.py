"""
### From a bank's feed to `serving.recommendations`

Takes a feed through the privacy boundary, builds and checks the marts, trains when training is due, ranks every
customer's permitted products and publishes them. **Trigger** it with the button at the top right; the form explains its
five fields, and all of them may stay as they are.

| zone | tasks |
|---|---|
| inside the privacy boundary | `ingest_feed`, `resolve_customers`, `anonymise_feed` |
| the warehouse | `check_raw`, `cluster_values`, `build_marts`, `check_marts` |
| models (compare them in MLflow) | `train_models`, `promote_model` |
| serving | `score_customers`, `check_recommendations`, `scan_privacy`, `publish_recommendations` |

* A failed check stops everything behind it; readers keep the last good publication.
* Training that is skipped (not due) or fails still leads to scoring, with the champion that stands.
  `training_settled` does nothing: it only waits for training to be over, however it ended.
* What the feed was like stands in a report: **Data quality** on the task `resolve_customers`.
* Every task may be cleared and run again: it replaces what the same run wrote before.
* Rows, seconds and memory of every step are in `ops.step_runs` (`recsys runs`).
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import CronTriggerTimetable, Param, TriggerRule, chain, dag

from quality_link import QualityLink
from step_tasks import DEFAULT_ARGUMENTS, REQUIRE_APPROVAL, TOP_N, TRAIN, step_task

FEED = Param(
    None,
    type=["null", "string"],
    title="Feed",
    description="Folder or URL of a feed, or a sources.toml. Empty: as set, or the home's sources, or its demo bank.",
)
AS_OF = Param(
    None,
    type=["null", "string"],
    format="date",
    title="As of",
    description="The date that the recommendations are made for. Empty: what the feed says, or its last date.",
)


@dag(
    dag_display_name="Recommendations",
    description="From a bank's feed to serving.recommendations: one click, one graph, daily.",
    doc_md=__doc__,
    # Without a start date the first scheduled run is tomorrow's, not one that was missed before the installation.
    schedule=CronTriggerTimetable("0 3 * * *", timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=DEFAULT_ARGUMENTS,
    params={"feed": FEED, "as_of": AS_OF, "top_n": TOP_N, "train": TRAIN, "require_approval": REQUIRE_APPROVAL},
    tags=["recsys", "daily"],
)
def recommendations() -> None:
    """The whole graph."""
    resolve_customers = step_task("resolve_customers")
    resolve_customers.operator.operator_extra_links = (QualityLink(),)
    check_marts = step_task("check_marts")
    train_models = step_task("train_models", timeout=timedelta(hours=8))
    promote_model = step_task("promote_model", timeout=timedelta(hours=4))
    training_settled = EmptyOperator(
        task_id="training_settled",
        trigger_rule=TriggerRule.ALL_DONE,
        doc_md="Training is over: done, not due, or failed. Scoring goes on with the champion that stands.",
    )
    score_customers = step_task("score_customers")

    chain(
        step_task("ingest_feed", starts_run=True),
        resolve_customers,
        step_task("anonymise_feed"),
        step_task("check_raw"),
        step_task("cluster_values"),
        step_task("build_marts"),
        check_marts,
        train_models,
        promote_model,
        training_settled,
        score_customers,
        step_task("check_recommendations"),
        step_task("scan_privacy"),
        step_task("publish_recommendations"),
    )
    # Unchecked data is never scored, whatever became of training.
    check_marts >> score_customers


recommendations()
