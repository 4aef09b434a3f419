from __future__ import annotations

from datetime import timedelta

import mlflow
import numpy as np
import pytest

from recsys.errors import ModelError, RunError
from recsys.io.marts import read_feature_blocks
from recsys.io.postgres import Database
from recsys.io.tracking import ALIAS, MODEL_NAME, load_champion, open_tracking
from recsys.models.bundle import input_example
from recsys.settings import Settings
from recsys.steps.runner import run_step

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
    assert "refitted on newer data" in str(refitted["reason"])
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
    client.set_model_version_tag(MODEL_NAME, str(version), "ndcg_at_5", "0.999")

    begin_run(tracked, database, "second", train="always", as_of=AS_OF)
    training_id = str(run_step("train_models", "second", tracked).details["mlflow_run_id"])
    details = run_step("promote_model", "second", tracked).details
    assert details["promoted"] is False
    assert "falls from NDCG@5 0.9990" in str(details["reason"])
    assert client.get_run(training_id).data.tags["decision"] == details["reason"]
    assert load_champion(tracked).version == version


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
    with database.connect("transform") as connection:
        connection.execute("update marts.fct_holdings set opened_date = %s", [AS_OF - timedelta(days=5)])
    begin_run(tracked, database, "first")
    assert run_step("train_models", "first", tracked).details["folds"] == []
    details = run_step("promote_model", "first", tracked).details
    assert "too short" in str(details["reason"])
    assert load_champion(tracked).bundle.recommender.name == "popularity"
