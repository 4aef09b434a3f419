"""The orderings that would hurt if they were lost, and what a failed or skipped task leads to."""

from __future__ import annotations

import pytest
from airflow.sdk import TriggerRule

SKIPPED, FAILED, SUCCESS, UPSTREAM_FAILED = "skipped", "failed", "success", "upstream_failed"


@pytest.fixture
def graph(dag_bag):
    return dag_bag.dags["recommendations"]


def outcome(graph, endings):
    """State of every task when those in `endings` end as given and all others that may run succeed."""
    states = {}
    for task in graph.topological_sort():
        above = [states[name] for name in task.upstream_task_ids]
        if task.trigger_rule == TriggerRule.ALL_DONE or all(state == SUCCESS for state in above):
            states[task.task_id] = endings.get(task.task_id, SUCCESS)
        elif FAILED in above or UPSTREAM_FAILED in above:
            states[task.task_id] = UPSTREAM_FAILED
        else:
            states[task.task_id] = SKIPPED
    return states


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("anonymise_feed", "check_raw"),
        ("check_raw", "cluster_values"),
        ("cluster_values", "build_marts"),
        ("check_marts", "train_models"),
        ("check_marts", "score_customers"),
        ("promote_model", "score_customers"),
        ("score_customers", "check_recommendations"),
        ("check_recommendations", "publish_recommendations"),
        ("scan_privacy", "publish_recommendations"),
    ],
)
def test_earlier_comes_before_later(graph, earlier, later):
    assert earlier in {task.task_id for task in graph.get_task(later).get_flat_relatives(upstream=True)}


@pytest.mark.parametrize("ending", [SKIPPED, FAILED])
@pytest.mark.parametrize("task", ["train_models", "promote_model"])
def test_training_that_is_skipped_or_fails_still_leads_to_a_publication(graph, task, ending):
    assert outcome(graph, {task: ending})["publish_recommendations"] == SUCCESS


@pytest.mark.parametrize(
    "task",
    [
        "ingest_feed",
        "anonymise_feed",
        "check_raw",
        "cluster_values",
        "build_marts",
        "check_marts",
        "check_recommendations",
        "scan_privacy",
    ],
)
def test_nothing_is_published_after_a_failed(graph, task):
    assert outcome(graph, {task: FAILED})["publish_recommendations"] == UPSTREAM_FAILED


def test_unchecked_marts_are_never_scored(graph):
    states = outcome(graph, {"check_marts": FAILED})
    assert states["train_models"] == UPSTREAM_FAILED
    assert states["score_customers"] == UPSTREAM_FAILED
