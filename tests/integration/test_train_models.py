from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from mlflow.entities import Run

from recsys.errors import ModelError
from recsys.evaluation.splits import plan_split
from recsys.io.marts import read_spending_categories
from recsys.io.postgres import Database
from recsys.io.tracking import Tracking, open_tracking
from recsys.models.candidates import BY_KIND, recipe_of
from recsys.settings import Settings
from recsys.steps.runner import run_step
from recsys.steps.training.folds import read_fold, read_known
from recsys.steps.training.gate_facts import FACTS_FILE

from .marts_of_a_learning_bank import AS_OF, FIRST_OPENING, PRODUCT_IDS, begin_run, build_marts, person_key
from .mlflow_of_a_test import mlflow_database, tracked  # noqa: F401  # fixtures

SPLIT = plan_split(AS_OF, "events", FIRST_OPENING, 7)
LAST_FOLD = SPLIT.outer[-1]
ORIGIN = LAST_FOLD.origin


def test_every_candidate_is_one_run_under_a_parent_that_says_how_they_were_compared(
    tracked: Settings,  # noqa: F811
    database: Database,
    tmp_path: Path,
):
    build_marts(database)
    begin_run(tracked, database, "first")
    everything = tracked.model_copy(update={"candidates": ""})
    details = run_step("train_models", "first", everything).details

    tracking = open_tracking(tracked, database)
    parent = tracking.client.get_run(str(details["mlflow_run_id"]))
    runs = tracking.client.search_runs([tracking.experiment_id])
    children = {run.info.run_name: run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id}
    folds = [run for run in runs if run.data.tags.get("fold") == "outer"]
    assert set(children) == set(BY_KIND)
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert parent.data.tags["point_in_time"] == "point_in_time"
    assert details["unfitted"] == {}
    for run in children.values():
        assert {"kind", "seed", "folds", "data_fingerprint"} <= run.data.params.keys()
        names = [f"{name}_at_5" for name in ("precision", "recall", "f1", "map", "ndcg", "coverage")]
        assert {*names, "auc", "fit_seconds", "score_seconds"} <= run.data.metrics.keys()
        assert {f"cold_{name}_at_5" for name in ("ndcg", "recall")} <= run.data.metrics.keys()
        of_folds = [fold for fold in folds if fold.data.tags["mlflow.parentRunId"] == run.info.run_id]
        n_tested = [fold.data.metrics["n_tested"] for fold in of_folds]
        assert run.data.metrics["ndcg_at_5"] == pytest.approx(
            np.average([fold.data.metrics["ndcg_at_5"] for fold in of_folds], weights=n_tested)
        )
        pictures = {"metrics_by_k", "products", "gains", "calibration", "product_mix"}
        assert {f"pictures/{name}.png" for name in pictures} <= files_of(tracking, run)
        assert {f"tables/{name}.csv" for name in ("products", "gains", "segments")} <= files_of(tracking, run)
    hybrid = children["inductive"]
    assert "pictures/learning_curve.png" in files_of(tracking, hybrid)
    assert {f"pictures/{name}.png" for name in ("candidates", "metrics_by_k", "coverage", "segments")} <= files_of(
        tracking, parent
    )
    assert len(tracking.client.get_metric_history(hybrid.info.run_id, "ndcg_at_5_by_epoch")) == 30
    assert hybrid.data.metrics["ndcg_gain_lower"] > 0
    blend = recipe_of(
        json.loads(tracking.read_file(parent.info.run_id, "gate.json", tmp_path).read_text())["recipes"]["blend"]
    )
    assert {member.recipe.kind for member in blend.members} <= {"ease", "inductive", "logistic", "trees"}
    assert sum(member.weight for member in blend.members) > 0

    split = json.loads(tracking.read_file(parent.info.run_id, "split.json", tmp_path).read_text())
    assert [fold["origin"] for fold in split["folds"]] == [fold.origin.isoformat() for fold in SPLIT.outer]
    assert [fold["has_spending"] for fold in split["folds"]] == [False] * len(split["folds"])
    written = b"".join(path.read_bytes() for path in tracked.artifact_root.rglob("*") if path.is_file())
    assert not any(person_key(number).encode() in written for number in range(300))


def files_of(tracking: Tracking, run: Run) -> set[str]:
    listed = tracking.client.list_artifacts
    return {file.path for folder in ("", "pictures", "tables") for file in listed(run.info.run_id, folder)}


def test_switched_off_training_without_a_champion_is_an_error(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database, n_persons=20)
    begin_run(tracked, database, "first", train="never")
    with pytest.raises(ModelError, match="no champion"):
        run_step("train_models", "first", tracked)


def test_fold_knows_nothing_that_happened_after_its_origin(database: Database):
    build_marts(database)
    with database.connect("training") as connection:
        before = read_fold(connection, LAST_FOLD)
    with database.connect("transform") as connection:
        # Later facts of every kind: openings after the test, other features at a later date.
        connection.execute(
            "insert into marts.fct_holdings (person_key, product_id, opened_date, is_opened_date_assumed) "
            "select person_key, %s, %s, false from marts.dim_customers",
            [PRODUCT_IDS[0], AS_OF + timedelta(days=1)],
        )
        connection.execute(
            "update marts.feat_customers set annual_income = 1, segment = 'later', held_product_ids = %s "
            "where feature_date > %s",
            [list(PRODUCT_IDS), ORIGIN],
        )
    with database.connect("training") as connection:
        after = read_fold(connection, LAST_FOLD)
    assert after.known.encoder == before.known.encoder
    np.testing.assert_array_equal(after.known.training.customers.codes, before.known.training.customers.codes)
    np.testing.assert_array_equal(after.known.training.customers.held, before.known.training.customers.held)
    np.testing.assert_array_equal(after.known.training.openings.opened, before.known.training.openings.opened)
    np.testing.assert_array_equal(after.trial.relevant, before.trial.relevant)
    assert after.known.training.openings.opened.max() <= np.datetime64(ORIGIN)


def test_test_is_what_was_opened_after_the_origin_by_who_did_not_hold_it(database: Database):
    build_marts(database)
    with database.connect("training") as connection:
        fold = read_fold(connection, LAST_FOLD)
        rows = connection.execute(
            """
            select count(*), count(distinct person_key) from marts.fct_holdings
            inner join marts.dim_customers using (person_key)
            where opened_date > %s and has_profiling_consent
            """,
            [ORIGIN],
        ).fetchone()
    assert (fold.trial.relevant.sum(), len(fold.rows)) == rows
    assert not (fold.trial.candidates & fold.known.training.customers.held).any()


def test_holdings_without_a_date_are_no_test_and_nobodys_candidate_and_the_oldest_of_what_is_owned(database: Database):
    build_marts(database)
    undated = person_key(1), PRODUCT_IDS[0]
    with database.connect("training") as connection:
        before = read_fold(connection, LAST_FOLD)
    give_without_a_date(database, *undated)
    with database.connect("training") as connection:
        after = read_fold(connection, LAST_FOLD)
        # The marts date it at the end of this fold: an earlier one has to know of it, too.
        earlier = read_fold(connection, SPLIT.outer[0])
        refitted = read_known(connection, AS_OF, AS_OF, 1_000).training
    for fold in (earlier, after):
        row = fold.known.training.customers.person_keys.tolist().index(undated[0].encode())
        assert not fold.trial.candidates[row, 0]
    candidates = before.trial.candidates.copy()
    assert candidates[row, 0]
    candidates[row, 0] = False
    np.testing.assert_array_equal(after.trial.candidates, candidates)
    np.testing.assert_array_equal(after.trial.relevant, before.trial.relevant & candidates)
    openings = refitted.openings.take((refitted.openings.customer == row) & (refitted.openings.product == 0))
    assert openings.opened.tolist() == [refitted.openings.opened.min()]
    assert openings.opened.max() < np.datetime64(SPLIT.origins[0])


def test_openings_of_a_bank_without_any_date_are_tested_as_the_marts_dated_them(database: Database):
    build_marts(database)
    with database.connect("training") as connection:
        dated = read_fold(connection, LAST_FOLD)
    with database.connect("transform") as connection:
        connection.execute("update marts.fct_holdings set is_opened_date_assumed = true")
    with database.connect("training") as connection:
        assumed = read_fold(connection, LAST_FOLD)
    np.testing.assert_array_equal(assumed.trial.candidates, dated.trial.candidates)
    np.testing.assert_array_equal(assumed.trial.relevant, dated.trial.relevant)
    np.testing.assert_array_equal(assumed.known.training.openings.opened, dated.known.training.openings.opened)


def give_without_a_date(database: Database, person: str, product: str) -> None:
    """A holding that nobody dated, as dbt writes it."""
    with database.connect("transform") as connection:
        connection.execute(
            "delete from marts.fct_holdings where person_key = %s and product_id = %s",
            [person, product],
        )
        connection.execute(
            "insert into marts.fct_holdings (person_key, product_id, opened_date, is_opened_date_assumed) "
            "values (%s, %s, %s, true)",
            [person, product, AS_OF],
        )


def test_persons_who_refused_profiling_are_not_trained_on(database: Database):
    build_marts(database)
    with database.connect("training") as connection:
        known = read_known(connection, AS_OF, AS_OF, 1_000)
    refused = {person_key(number).encode() for number in range(0, 300, 10)}
    assert (known.n_persons, known.n_not_profiled, len(known.training.customers)) == (300, 30, 270)
    assert not refused & set(known.training.customers.person_keys.tolist())


def test_persons_who_refused_since_the_marts_were_built_are_not_trained_on(database: Database):
    build_marts(database)
    reasons = ("objected", "consent_withdrawn", "restricted", "erased", "rectified")
    with database.connect("transform") as connection:
        connection.cursor().executemany(
            "insert into marts.feat_customer_spending (person_key, feature_date, category, spend_365d, share_365d) "
            "values (%s, %s, %s, 10, 1)",
            [(person_key(number + 1), AS_OF, reason) for number, reason in enumerate(reasons)],
        )
    with database.connect("training") as connection:
        assert read_spending_categories(connection, AS_OF, 9) == sorted(reasons)
    with database.connect("admin") as connection:
        connection.cursor().executemany(
            "insert into ops.suppressions (customer_key, reason, serves) values (%s, %s, 'nothing')",
            [(person_key(number + 1), reason) for number, reason in enumerate(reasons)],
        )
    with database.connect("training") as connection:
        known = read_known(connection, AS_OF, AS_OF, 1_000)
        assert read_spending_categories(connection, AS_OF, 9) == ["rectified"]
    refused = {person_key(number).encode() for number in range(1, 5)}
    assert len(known.training.customers) == 266
    assert not refused & set(known.training.customers.person_keys.tolist())
    assert (known.n_persons, known.n_not_profiled, known.n_refusing_trained_on) == (300, 34, 0)


def test_date_without_features_is_named(database: Database):
    build_marts(database, n_persons=20)
    with database.connect("training") as connection, pytest.raises(ModelError, match="2020-01-01"):
        read_known(connection, date(2020, 1, 1), AS_OF, 1_000)


def test_parity_is_measured_between_the_groups_that_the_bank_names(tracked: Settings, database: Database):  # noqa: F811
    build_marts(database, 900)
    begin_run(tracked, database, "first", train="always")
    named = tracked.model_copy(update={"parity_attributes": "segment"})
    trained = run_step("train_models", "first", named).details
    tracking = open_tracking(tracked, database)
    with TemporaryDirectory() as folder:
        file = tracking.read_file(str(trained["mlflow_run_id"]), FACTS_FILE, Path(folder))
        conduct = json.loads(file.read_text())["conduct"]["inductive"]
    assert list(conduct["exposure_parity"]) == list(conduct["precision_parity"]) == ["segment"]
