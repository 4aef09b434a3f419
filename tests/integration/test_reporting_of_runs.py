"""What `reporting` says of models, runs and loads."""

from __future__ import annotations

from operator import itemgetter

import pytest
from tests.integration.marts_of_a_small_bank import (
    build_marts,
)
from tests.integration.reported_bank import figures, publish

from recsys.io.postgres import Database
from recsys.io.reporting import read_last_run, read_steps
from recsys.settings import Settings


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    build_marts(database)
    publish(home, database, "first")
    return database


def test_model_history_tells_the_challengers_figures_and_no_name(bank: Database) -> None:
    with bank.connect("training") as connection:
        connection.execute(
            """
            insert into ops.step_runs (run_id, step, state, details) values ('first', 'train_models', 'succeeded', %s)
            """,
            [
                '{"mlflow_run_id": "t1", "as_of": "2026-06-30", "challenger": "trees", "candidates": {'
                '"trees": {"run_id": "c1", "ndcg_at_5": 0.5, "ndcg_gain": 0.2, "ndcg_gain_lower": 0.1,'
                ' "ndcg_gain_upper": 0.3}, "popularity": {"run_id": "c2", "ndcg_at_5": 0.3}}}'
            ],
        )
        connection.execute(
            "select ops.note_model_verdict('waiting', 2, 'trees', 1, 'popularity', 'first', 't1', '2026-06-30', 'won')"
        )
    with bank.connect("engineer") as connection:
        connection.execute("select ops.decide_on_model('approved', 2, 'Ada Lovelace', 'Ada says so')")
    history = sorted(figures(bank, "model_history"), key=itemgetter("decision_id"))
    assert [(row["decision"], row["is_by_gate"], row["why"]) for row in history] == [
        ("waiting", True, "won"),
        ("approved", False, None),
    ]
    assert "Ada" not in str(history)
    assert [row["is_champion"] for row in history] == [True, True]
    assert (history[0]["ndcg_at_5"], history[0]["ndcg_gain_lower"], history[0]["ndcg_gain_upper"]) == (0.5, 0.1, 0.3)
    metrics = {(row["candidate"], row["metric"]): row for row in figures(bank, "model_metrics")}
    assert metrics["popularity", "ndcg_at_5"]["value"] == 0.3
    assert metrics["trees", "ndcg_gain"]["candidate_run_id"] == "c1"


def test_step_timings_and_runs_tell_attempts_and_how_it_ended(bank: Database) -> None:
    with bank.connect("training") as connection:
        connection.execute("insert into ops.runs (run_id, feed, top_n, train) values ('late', 'f', 5, 'never')")
        connection.execute(
            """
            insert into ops.step_runs (run_id, step, state, started_at, finished_at, row_count, peak_memory_bytes)
            values
            ('late', 'build_marts', 'failed', '2026-01-01 00:00', '2026-01-01 00:01', null, 2000000),
            ('late', 'build_marts', 'succeeded', '2026-01-01 00:02', '2026-01-01 00:04', 7, 3000000),
            ('late', 'check_marts', 'failed', '2026-01-01 00:04', '2026-01-01 00:05', null, null)
            """
        )
    steps = [row for row in figures(bank, "step_timings") if row["run_id"] == "late"]
    assert sorted((row["step"], row["attempt"], row["is_last_attempt"], row["seconds"]) for row in steps) == [
        ("build_marts", 1, False, 60),
        ("build_marts", 2, True, 120),
        ("check_marts", 1, True, 60),
    ]
    assert {row["peak_megabytes"] for row in steps} == {2, 3, None}
    states = {row["run_id"]: (row["state"], row["failed_step"]) for row in figures(bank, "runs")}
    assert states == {"first": ("unfinished", None), "late": ("failed", "check_marts")}
    checks = [(row["step"], row["state"]) for row in figures(bank, "checks") if row["run_id"] == "late"]
    assert checks == [("check_marts", "failed")]


def test_what_other_dags_do_is_not_taken_for_the_last_run_of_the_pipeline(bank: Database) -> None:
    with bank.connect("training") as connection:
        for run_id, step in (("daily", "publish_recommendations"), ("hourly", "privacy_requests")):
            connection.execute(
                "insert into ops.runs (run_id, feed, top_n, train, started_at) values (%s, 'f', 5, 'never', %s)",
                [run_id, "2100-01-01" if run_id == "daily" else "2100-01-02"],
            )
            connection.execute(
                "insert into ops.step_runs (run_id, step, state, finished_at) values (%s, %s, 'succeeded', now())",
                [run_id, step],
            )
    ran = {row["run_id"]: (row["dag"], row["state"]) for row in figures(bank, "runs")}
    assert ran["daily"] == ("recommendations", "published")
    assert ran["hourly"] == ("privacy_requests", "succeeded")
    with bank.connect("api") as connection:
        last = read_last_run(connection)
        assert last is not None
        assert last["run_id"] == "daily"
        assert [row["step"] for row in read_steps(connection)] == ["publish_recommendations"]


def test_loads_and_quarantined_rows_tell_what_came_in(bank: Database) -> None:
    with bank.connect("ingest") as connection:
        connection.execute(
            """
            insert into ops.loads (run_id, source, table_name, kind, n_read, n_kept, n_quarantined, fingerprint)
            values ('first', 'core', 'customers', 'sql', 200, 190, 10, 'x')
            """
        )
        connection.execute(
            """
            insert into ops.column_profiles (
                run_id, table_name, column_name, column_order, n_rows, n_missing, n_invalid, profile
            )
            values ('first', 'customers', 'birth_date', 1, 190, 0, '{"type": 7, "range": 3}', '{}')
            """
        )
    (load,) = figures(bank, "loads")
    assert (load["n_read"], load["quarantined_share"], load["is_committed"]) == (200, 0.05, False)
    assert sorted((row["rule"], row["n_rows"]) for row in figures(bank, "quarantined_rows")) == [
        ("range", 3),
        ("type", 7),
    ]
