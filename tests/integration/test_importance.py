from __future__ import annotations

import csv
import json
from pathlib import Path

from recsys.io.model_cards import read_card_facts
from recsys.io.postgres import Database
from recsys.io.registry import Registry
from recsys.io.tracking import open_tracking
from recsys.settings import Settings
from recsys.steps.runner import run_step

from .marts_of_a_learning_bank import begin_run, build_marts, person_key
from .mlflow_of_a_test import mlflow_database, tracked

__all__ = ["mlflow_database", "tracked"]


def test_training_says_what_its_challenger_knows_customers_by_and_the_card_of_the_version_repeats_it(
    tracked: Settings, database: Database, tmp_path: Path
):
    build_marts(database)
    begin_run(tracked, database, "first")
    settings = tracked.model_copy(
        update={"candidates": "logistic", "importance_repeats": 2, "max_calibration_error": 1.0}
    )
    details = run_step("train_models", "first", settings).details
    assert details["challenger"] == "logistic"

    tracking, run_id = open_tracking(tracked, database), str(details["mlflow_run_id"])
    files = {file.path for file in tracking.client.list_artifacts(run_id)}
    assert {"importance.png", "importance.json", "importance.csv"} <= files
    found = json.loads(tracking.read_file(run_id, "importance.json", tmp_path).read_text())
    assert found["of"] == "logistic"
    with tracking.read_file(run_id, "importance.csv", tmp_path).open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found["rows"])
    assert {row["way"] for row in rows} == {"permuted", "hidden", "left out"}
    assert all(float(row["lower"]) <= float(row["mean"]) <= float(row["upper"]) for row in rows)
    assert details["importance"] == [row for row in found["rows"] if row["product_id"] is None]
    written = b"".join(path.read_bytes() for path in tracked.artifact_root.rglob("*") if path.is_file())
    assert not any(person_key(number).encode() in written for number in range(300))

    run_step("promote_model", "first", settings)
    version = Registry(tracking).find_champion()
    assert version is not None
    card = read_card_facts(tracking, Registry(tracking).find_version(str(version.version)).run_id)
    assert card.kind == "logistic"
    first = max(details["importance"], key=lambda row: row["mean"])
    assert max(card.importance, key=lambda one: one.fall.mean).fall.mean == first["mean"]
