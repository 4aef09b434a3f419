"""A bank's own columns, from `feed.toml` to what a model says of a customer, with no change of code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import dict_row

from recsys.evaluation.splits import plan_split
from recsys.explanation.phrases import phrases_in
from recsys.explanation.reason import reasons_of
from recsys.explanation.wording import is_told, sentence
from recsys.features.storage import program_schema
from recsys.io.declared_features import read_declared_features
from recsys.io.marts import read_products
from recsys.io.postgres import Database
from recsys.io.registry import load_champion
from recsys.io.tracking import open_tracking
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

from .bank_with_own_columns import AS_OF, FIRST_OPENING, N_CUSTOMERS, write_feed
from .mlflow_of_a_test import mlflow_database, tracked  # noqa: F401  # fixtures

INTAKE = ("ingest_feed", "resolve_customers", "anonymise_feed", "build_marts", "check_marts")
TRAINING = ("train_models", "promote_model")


def take_in(settings: Settings, feed: Path, *steps: str, run_id: str = "first", train: str = "auto") -> dict[str, Any]:
    start_run(Run(run_id, str(feed), None, 5, train), settings)  # type: ignore[arg-type]
    return {step: run_step(step, run_id, settings).details for step in (*INTAKE, *steps)}


def features(database: Database, day: object = AS_OF) -> list[dict[str, Any]]:
    with database.connect("training") as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from marts.feat_customers where feature_date = %s", [day]).fetchall()


def ndcg(candidates: Any, kind: str, protocol: str) -> float:
    return float(candidates[kind][f"{'cold_' if protocol == 'cold' else ''}ndcg_at_5"])


@pytest.fixture
def training(tracked: Settings) -> Settings:  # noqa: F811
    return tracked.model_copy(update={"candidates": "ease,logistic"})


def test_column_that_decides_what_customers_take_is_learned_from(
    training: Settings, database: Database, tmp_path: Path
) -> None:
    details = take_in(training, write_feed(tmp_path / "feed"), *TRAINING)
    figures = details["train_models"]["candidates"]
    # EASE knows what customers own; only the regression reads what they like.
    assert ndcg(figures, "logistic", "warm") > ndcg(figures, "ease", "warm") + 0.1
    assert ndcg(figures, "logistic", "cold") > ndcg(figures, "popularity", "cold") + 0.2
    assert details["train_models"]["leaks"] == []
    champion = load_champion(training)
    bundle = champion.bundle
    logged = open_tracking(training, database).client.get_run(details["train_models"]["mlflow_run_id"]).data.tags
    # Without the bank's own columns another training would have the same.
    assert champion.tags["feature_schema"] == logged["feature_schema"] != program_schema()
    assert (bundle.recipe.kind, [one.name for one in bundle.encoder.declared]) == (
        "logistic", ["customers.hobby", "customers.last_visit", "surveys.mood"],
    )  # fmt: skip
    english = phrases_in("en")
    reasons = reasons_of(bundle.encoder, bundle.encoder.product_ids, "EUR")
    told = {sentence(reason, english) for reason in reasons if is_told(reason)}
    assert "Your favourite pastime is hobby 2" in told

    scored = take_in(
        training, write_feed(tmp_path / "without", with_hobby=False), "score_customers", run_id="second", train="never"
    )["score_customers"]
    assert scored["persons"] == N_CUSTOMERS


def test_model_is_due_when_the_feed_declares_other_features(
    training: Settings, database: Database, tmp_path: Path
) -> None:
    few = training.model_copy(update={"candidates": "popularity"})
    take_in(few, write_feed(tmp_path / "without", with_hobby=False), *TRAINING)
    again = take_in(few, write_feed(tmp_path / "again", with_hobby=False), "train_models", run_id="second")
    assert "skipped" in again["train_models"]
    other = take_in(few, write_feed(tmp_path / "with"), "train_models", run_id="third")
    assert other["train_models"]["due"] == (
        "the feed declares other columns as features than the champion was trained with"
    )


def test_only_what_is_declared_as_a_feature_arrives_there_once_it_is_known(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    details = take_in(home, write_feed(tmp_path / "feed"))
    assert details["ingest_feed"]["declared_features"] == [
        "customers.hobby", "customers.last_visit", "surveys.mood", "products.brand",
    ]  # fmt: skip
    assert list(details["ingest_feed"]["unread_features"]) == ["customers.card_id"]
    extras = [row["extras"] for row in features(database)]
    assert {key for one in extras for key in one} == {"customers.hobby", "customers.last_visit", "surveys.mood"}
    assert "faith" not in str(extras)
    with database.connect("transform") as connection:
        row = connection.execute("select extras from raw.customers limit 1").fetchone()
    assert row is not None
    assert {"faith", "card_id"} <= set(row[0])
    with database.connect("training") as connection:
        labels = read_products(connection).labels
    assert "products.brand:brand 0" in labels[0]
    assert "products.brand:brand 3" in labels[11]
    # The answers were given after the first origin.
    before = features(database, plan_split(AS_OF, "events", FIRST_OPENING, 7).origins[0])
    assert not any("surveys.mood" in row["extras"] for row in before)
    assert all("customers.hobby" in row["extras"] for row in before)


def test_column_that_becomes_one_for_audits_leaves_the_features(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    take_in(home, write_feed(tmp_path / "feed"))
    take_in(home, write_feed(tmp_path / "later", purpose="audit"), run_id="second")
    assert not any("customers.hobby" in row["extras"] for row in features(database))
    with database.connect("training") as connection:
        names = [feature.name for feature in read_declared_features(connection)]
    assert names == ["customers.last_visit", "surveys.mood", "products.brand"]
