from __future__ import annotations

import json
from datetime import timedelta

import mlflow
import numpy as np
import pytest
from psycopg import sql

from recsys.errors import ModelError, RunError, StackError
from recsys.io.marts import read_feature_blocks
from recsys.io.postgres import Database
from recsys.io.registry import ALIAS, load_champion, open_registry
from recsys.io.runs import run_of
from recsys.io.tracking import MODEL_NAME, open_tracking
from recsys.models.bundle import input_example
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run

from .marts_of_a_learning_bank import AS_OF, PRODUCT_IDS, begin_run, build_marts
from .mlflow_of_a_test import mlflow_database, tracked  # noqa: F401  # fixtures


def test_first_champion_is_registered_once_and_serves(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    begin_run(tracked, database, "first")
    run_step("train_models", "first", tracked)
    details = run_step("promote_model", "first", tracked).details
    assert "beats popularity" in str(details["reason"])

    again = run_step("promote_model", "first", tracked).details
    assert again["version"] == details["version"]
    tracking = open_tracking(tracked, database)
    assert len(tracking.client.search_model_versions(f"name = '{MODEL_NAME}'")) == 1

    champion = load_champion(tracked)
    assert champion.version == details["version"]
    assert champion.tags["as_of"] == AS_OF.isoformat()
    with database.connect("publisher") as connection:
        blocks = list(read_feature_blocks(connection, AS_OF, champion.bundle.encoder.spending_categories, 128))
    assert [len(block) for block in blocks] == [128, 128, 44]
    customers = champion.bundle.encoder.transform(blocks[0])
    scores = champion.bundle.recommender.score(customers)
    assert scores.shape == (128, len(PRODUCT_IDS))
    assert np.isfinite(champion.bundle.popularity.score(customers)).all()

    begin_run(tracked, database, "second")
    assert "ends 0 days before" in str(run_step("train_models", "second", tracked).details["skipped"])
    assert "nothing was trained" in str(run_step("promote_model", "second", tracked).details["skipped"])

    example = input_example(champion.bundle.encoder)
    mlflow.set_tracking_uri(tracking.uri)
    served = mlflow.pyfunc.load_model(f"models:/{MODEL_NAME}@{ALIAS}").predict(example)
    assert list(served.columns) == list(PRODUCT_IDS)
    assert served.notna().all(axis=None)

    begin_run(tracked, database, "later", train="always")
    run_step("train_models", "later", tracked)
    refitted = run_step("promote_model", "later", tracked).details
    assert "refitted on the same data, against popularity" in str(refitted["reason"])
    assert load_champion(tracked).version == refitted["version"] != details["version"]


def test_champion_stays_where_its_recipe_lost_too_much(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    begin_run(tracked, database, "first")
    run_step("train_models", "first", tracked)
    version = run_step("promote_model", "first", tracked).details["version"]
    client = open_tracking(tracked, database).client
    client.set_model_version_tag(MODEL_NAME, str(version), "ndcg_gain", "0.999")

    begin_run(tracked, database, "second", train="always", as_of=AS_OF)
    training_id = str(run_step("train_models", "second", tracked).details["mlflow_run_id"])
    details = run_step("promote_model", "second", tracked).details
    assert details["promoted"] is False
    assert "falls from +0.9990 above popularity" in str(details["reason"])
    assert client.get_run(training_id).data.tags["decision"] == details["reason"]
    assert load_champion(tracked).version == version
    assert run_step("promote_model", "second", tracked).details == details

    # Another training that finds the same is no accident: that is the level now.
    begin_run(tracked, database, "third", train="always", as_of=AS_OF)
    run_step("train_models", "third", tracked)
    assert run_step("promote_model", "third", tracked).details["promoted"] is True


def test_refused_training_is_not_repeated_the_next_morning(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    begin_run(tracked, database, "first")
    run_step("train_models", "first", tracked)
    version = str(run_step("promote_model", "first", tracked).details["version"])
    client = open_tracking(tracked, database).client
    client.set_model_version_tag(MODEL_NAME, version, "ndcg_gain", "0.999")
    client.set_model_version_tag(MODEL_NAME, version, "as_of", (AS_OF - timedelta(days=7)).isoformat())
    begin_run(tracked, database, "second")
    assert "ends 7 days before" in str(run_step("train_models", "second", tracked).details["due"])
    assert run_step("promote_model", "second", tracked).details["promoted"] is False
    begin_run(tracked, database, "third")
    assert "last compared 0 days before" in str(run_step("train_models", "third", tracked).details["skipped"])


def test_champion_that_cannot_be_read_is_followed_by_a_first_champion_and_serves_nobody(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    begin_run(tracked, database, "first")
    run_step("train_models", "first", tracked)
    version = run_step("promote_model", "first", tracked).details["version"]
    for path in tracked.artifact_root.rglob("bundle/model.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "format": 0}))
    with pytest.raises(ModelError, match="has format 0"):
        load_champion(tracked)

    begin_run(tracked, database, "second", train="never")
    with pytest.raises(ModelError, match="cannot be read by this version"):
        run_step("train_models", "second", tracked)
    begin_run(tracked, database, "third")
    assert "cannot be read by this version" in str(run_step("train_models", "third", tracked).details["due"])
    promoted = run_step("promote_model", "third", tracked).details
    assert "First champion" in str(promoted["reason"])
    assert load_champion(tracked).version == promoted["version"] != version


def test_store_that_does_not_answer_is_not_a_store_without_a_champion(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    registry = open_registry(tracked, database)
    assert registry.find_champion() is None
    name = sql.Identifier(tracked.mlflow_database)
    with database.connect("admin", autocommit=True) as connection:
        connection.execute(sql.SQL("alter database {} allow_connections false").format(name))
        try:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [tracked.mlflow_database]
            )
            with pytest.raises(StackError, match="does not answer"):
                registry.find_champion()
        finally:
            connection.execute(sql.SQL("alter database {} allow_connections true").format(name))


def test_marts_that_changed_since_training_promote_nothing(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    begin_run(tracked, database, "daily")
    start_run(run_of("weekly", "test", None, 3, "always"), tracked, "train_models")
    assert run_step("train_models", "weekly", tracked).details["feed_run_id"] == "daily"
    begin_run(tracked, database, "next")
    with pytest.raises(RunError, match="run next now; training saw run daily"):
        run_step("promote_model", "weekly", tracked)


def test_training_reads_no_marts_that_were_not_checked(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database, n_persons=20)
    begin_run(tracked, database, "daily")
    with database.connect("transform") as connection:
        connection.execute("insert into ops.step_runs (run_id, step, state) values ('daily', 'build_marts', 'running')")
    start_run(run_of("weekly", "test", None, 3, "always"), tracked, "train_models")
    for run_id in ("daily", "weekly"):
        with pytest.raises(RunError, match="run daily built last are not complete and checked"):
            run_step("train_models", run_id, tracked)


def test_run_with_a_feed_of_its_own_trains_on_no_other_marts(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    begin_run(tracked, database, "yesterday")
    begin_run(tracked, database, "today")
    with pytest.raises(RunError, match="belongs to run today"):
        run_step("train_models", "yesterday", tracked)
    with database.connect("admin") as connection:
        connection.execute("delete from ops.step_runs where run_id = 'today'")
    with pytest.raises(RunError, match="are those of run yesterday"):
        run_step("train_models", "today", tracked)


def test_promotion_before_training_and_scoring_before_promotion_say_what_is_missing(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    begin_run(tracked, database, "first", as_of=AS_OF - timedelta(days=1))
    with pytest.raises(RunError, match="Nothing was trained"):
        run_step("promote_model", "first", tracked)
    with pytest.raises(ModelError, match="no champion"):
        load_champion(tracked)


def test_history_too_short_for_a_fold_makes_popularity_the_first_champion(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database, n_persons=60)
    first_opening = AS_OF - timedelta(days=5)
    with database.connect("transform") as connection:
        connection.execute("update marts.fct_holdings set opened_date = %s", [first_opening])
    begin_run(tracked, database, "first", first_opening=first_opening)
    assert run_step("train_models", "first", tracked).details["folds"] == []
    details = run_step("promote_model", "first", tracked).details
    assert "too short" in str(details["reason"])
    assert load_champion(tracked).bundle.recommender.name == "popularity"
