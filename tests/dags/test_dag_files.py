"""What holds for every DAG: it imports, explains itself and has limits."""

from __future__ import annotations

import pytest

from recsys.steps.registry import STEP_BY_NAME, STEPS

JOINS = {"training_settled"}
DAG_IDS = ["privacy_requests", "recommendations", "retention", "training"]
# Jobs beside the daily run that are no step of it.
JOBS = {"retention"}


def test_every_dag_file_imports(dag_bag):
    assert dag_bag.import_errors == {}
    assert sorted(dag_bag.dags) == DAG_IDS


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_tasks_have_the_names_of_steps(dag_bag, dag_id):
    assert set(dag_bag.dags[dag_id].task_ids) - JOINS - JOBS <= set(STEP_BY_NAME)


def test_recommendations_holds_every_step(dag_bag):
    assert set(dag_bag.dags["recommendations"].task_ids) - JOINS == {step.name for step in STEPS}


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_one_run_at_a_time_and_none_for_the_past(dag_bag, dag_id):
    dag = dag_bag.dags[dag_id]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert dag.doc_md


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_tasks_have_owner_retries_timeout_and_a_description(dag_bag, dag_id):
    for task in dag_bag.dags[dag_id].tasks:
        assert task.owner == "recsys"
        assert task.retries >= 1
        assert task.execution_timeout is not None
        assert task.doc_md


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_parameters_are_typed_and_described(dag_bag, dag_id):
    params = dag_bag.dags[dag_id].params
    for name in params:
        param = params.get_param(name)
        assert param.schema["type"]
        assert param.schema["title"]
        assert param.description


def test_a_run_can_be_asked_for_feed_date_number_and_training(dag_bag):
    assert set(dag_bag.dags["recommendations"].params) == {
        "feed",
        "as_of",
        "top_n",
        "train",
        "require_approval",
    }


def test_the_training_parameter_refuses_what_it_does_not_know(dag_bag):
    param = dag_bag.dags["recommendations"].params.get_param("train")
    with pytest.raises(Exception, match="sometimes"):
        param.resolve("sometimes")


def test_nobody_is_named_where_airflow_keeps_what_was_asked_for(dag_bag):
    assert set(dag_bag.dags["privacy_requests"].params) == set()


def test_retention_can_be_tried_without_changing_anything(dag_bag):
    param = dag_bag.dags["retention"].params.get_param("dry_run")
    assert (param.schema["type"], param.value) == ("boolean", False)
