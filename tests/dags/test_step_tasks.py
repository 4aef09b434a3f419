"""What a task hands on: counts, never rows, and an error that Airflow treats as what it is."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

import step_tasks
from recsys.errors import CheckError, FeedError, RunError, SourceError, StackError, StepCrash
from recsys.steps import runner
from recsys.types import Run


@pytest.mark.parametrize("error", [FeedError("customers.csv is missing"), CheckError("raw.customers: 3 nulls")])
def test_what_stays_bad_is_not_tried_again(error):
    assert type(step_tasks.airflow_error(error)) is AirflowFailException


@pytest.mark.parametrize(
    "error",
    [
        RunError("another step is writing"),
        SourceError("the CRM does not answer"),
        StackError("PostgreSQL does not answer"),
        StepCrash("check_raw crashed"),
    ],
)
def test_what_waiting_may_mend_is_tried_again(error):
    assert type(step_tasks.airflow_error(error)) is AirflowException


def test_credential_of_a_source_may_be_a_connection_of_airflow(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_CRM", "http://me:s3cret@crm.example")
    assert step_tasks._connection_uri("crm") == "http://me:s3cret@crm.example"
    assert step_tasks._connection_uri("nobody") is None


def test_the_message_and_its_remedy_reach_the_log():
    error = FeedError("no customers", remedy="Add the file.")
    assert str(step_tasks.airflow_error(error)) == "no customers\nAdd the file."


def test_the_first_task_registers_the_run_with_its_wishes(home):
    params = {"feed": "/feeds/bank", "as_of": "2026-01-31", "top_n": 3, "train": "never"}
    step_tasks._start_run("run-1", params, home, "ingest_feed")
    with runner.open_database(home).connect("engineer") as connection:
        run = runner.read_run(connection, "run-1")
    assert (run.feed, run.as_of.isoformat(), run.top_n, run.train) == ("/feeds/bank", "2026-01-31", 3, "never")


def test_empty_fields_of_the_form_mean_the_settings(home):
    step_tasks._start_run("run-2", {"feed": None, "as_of": None, "top_n": None, "train": "auto"}, home, "ingest_feed")
    with runner.open_database(home).connect("engineer") as connection:
        assert runner.read_run(connection, "run-2") == Run("run-2", home.feed_location, None, home.top_n, "auto")
