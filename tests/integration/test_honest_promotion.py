"""What looks good and is not, must not be promoted: planted leaks, and targets that mean nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recsys.io.postgres import Database
from recsys.io.registry import load_champion
from recsys.io.tracking import open_tracking
from recsys.io.training_runs import RANKINGS_FILE
from recsys.settings import Settings
from recsys.steps.runner import run_step
from recsys.steps.training.gate_facts import FACTS_FILE
from recsys.types import JSON

from .marts_of_a_learning_bank import PRODUCT_IDS, begin_run, build_marts
from .mlflow_of_a_test import mlflow_database, tracked  # noqa: F401  # fixtures

LEAKING = PRODUCT_IDS[3]
N_PERSONS = 900


@pytest.fixture
def training(tracked: Settings) -> Settings:  # noqa: F811
    """Two candidates that read features beside popularity, with their defaults."""
    return tracked.model_copy(update={"candidates": "inductive,logistic", "tuning_trials": 0})


def train_and_promote(settings: Settings, database: Database, run_id: str = "first") -> tuple[JSON, JSON]:
    begin_run(settings, database, run_id, train="always")
    trained = run_step("train_models", run_id, settings).details
    return trained, run_step("promote_model", run_id, settings).details  # type: ignore[return-value]


def test_honest_bank_has_no_leak_and_promotes_a_model(training: Settings, database: Database):
    build_marts(database, N_PERSONS)
    trained, promoted = train_and_promote(training, database)
    assert trained["leaks"] == []
    assert load_champion(training).bundle.recommender.name in ("inductive", "logistic", "blend")
    assert promoted["promoted"] is True


def test_model_with_facts_dated_after_the_feature_date_is_not_promoted(training: Settings, database: Database):
    build_marts(database, N_PERSONS)
    with database.connect("transform") as connection:
        connection.execute(
            """
            update marts.feat_customers as features set education = case when exists (
                select 1 from marts.fct_holdings as holdings
                where
                    holdings.person_key = features.person_key and holdings.product_id = %s
                    and holdings.opened_date > features.feature_date
                    and holdings.opened_date <= features.feature_date + 60
            ) then 'visited the branch' else 'unknown' end
            """,
            [LEAKING],
        )
    trained, promoted = train_and_promote(training, database)
    assert any(f"education:visited the branch take next {LEAKING}" in leak for leak in trained["leaks"])
    assert load_champion(training).bundle.recommender.name == "popularity"
    assert "reads a feature that knows the answer" in promoted["reason"]


def test_model_with_a_feature_that_implies_an_ownership_flag_is_not_promoted(training: Settings, database: Database):
    build_marts(database, N_PERSONS)
    with database.connect("transform") as connection:
        connection.execute(
            """
            update marts.feat_customers as features set occupation = case when exists (
                select 1 from marts.fct_holdings as holdings
                where holdings.person_key = features.person_key and holdings.product_id = %s
            ) then 'has a statement' else 'has none' end
            """,
            [LEAKING],
        )
    trained, promoted = train_and_promote(training, database)
    assert any(f"occupation:has a statement hold {LEAKING}" in leak for leak in trained["leaks"])
    assert load_champion(training).bundle.recommender.name == "popularity"
    assert "reads a feature that knows the answer" in promoted["reason"]


def test_model_with_a_number_that_only_owners_have_is_not_promoted(training: Settings, database: Database):
    build_marts(database, N_PERSONS)
    with database.connect("transform") as connection:
        connection.execute(
            """
            update marts.feat_customers as features set horizon_years = case when exists (
                select 1 from marts.fct_holdings as holdings
                where holdings.person_key = features.person_key and holdings.product_id = %s
            ) then 1 + abs(hashtext(features.person_key::text)) %% 40 end
            """,
            [LEAKING],
        )
    trained, promoted = train_and_promote(training.model_copy(update={"candidates": "inductive"}), database)
    assert any(f"horizon_years:(several) hold {LEAKING}" in leak for leak in trained["leaks"])
    assert load_champion(training).bundle.recommender.name == "popularity"
    assert "reads a feature that knows the answer" in promoted["reason"]


def test_model_of_shuffled_targets_is_not_promoted(training: Settings, database: Database):
    build_marts(database, N_PERSONS)
    with database.connect("transform") as connection:
        # Everybody keeps the dates of his openings, and gets the products of somebody else.
        connection.execute(
            """
            with opened as (
                select ctid, product_id, row_number() over (order by ctid) as place from marts.fct_holdings
            ),
            shuffled as (
                select product_id, row_number() over (order by md5(ctid::text || 'shuffle')) as place
                from marts.fct_holdings
            )
            update marts.fct_holdings as holdings set product_id = shuffled.product_id
            from opened inner join shuffled on opened.place = shuffled.place
            where holdings.ctid = opened.ctid
            """
        )
        connection.execute(
            """
            update marts.feat_customers as features set held_product_ids = coalesce((
                select array_agg(distinct product_id order by product_id) from marts.fct_holdings as holdings
                where holdings.person_key = features.person_key and holdings.opened_date <= features.feature_date
            ), '{}')
            """
        )
    trained, promoted = train_and_promote(training, database)
    assert trained["leaks"] == []
    assert load_champion(training).bundle.recommender.name == "popularity", promoted["reason"]


def test_two_trainings_with_one_seed_give_identical_models_and_tables(
    training: Settings, database: Database, tmp_path: Path
):
    build_marts(database)
    everything = training.model_copy(update={"candidates": "", "tuning_trials": 1})
    stored = []
    for run_id in ("first", "second"):
        trained, _ = train_and_promote(everything, database, run_id)
        tracking, folder = open_tracking(everything, database), tmp_path / run_id
        folder.mkdir()
        run = str(trained["mlflow_run_id"])
        facts = json.loads(tracking.read_file(run, FACTS_FILE, folder).read_text())
        with np.load(tracking.read_file(run, RANKINGS_FILE, folder)) as file:
            arrays = {name: file[name] for name in file.files}
        bundle = load_champion(everything).bundle
        stored.append((facts, arrays, bundle.recipe, bundle.recommender.stored()))
    (facts, arrays, recipe, model), (facts_again, arrays_again, recipe_again, model_again) = stored
    # The second training has the champion's recipe as a contestant of its own, where it is none of the candidates.
    assert {name: facts_again["recipes"][name] for name in facts["recipes"]} == facts["recipes"]
    assert {name: facts_again["conduct"][name] for name in facts["conduct"]} == facts["conduct"]
    assert facts_again["choice"] == facts["choice"]
    assert arrays.keys() <= arrays_again.keys()
    for name, values in arrays.items():
        np.testing.assert_array_equal(arrays_again[name], values)
    assert recipe_again == recipe
    assert model_again.facts == model.facts
    assert model.arrays.keys() == model_again.arrays.keys()
    for name, array in model.arrays.items():
        np.testing.assert_array_equal(model_again.arrays[name], array)
