"""The demo bank is replayed as a user would, and is afterwards what it was before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.installation import Installation
from tests.integration.table_contents import table_contents

from recsys.io.registry import load_champion
from recsys.io.tracking import open_tracking
from recsys.models.candidates import BY_KIND

pytestmark = pytest.mark.slow


def models(demo: Installation) -> dict[str, Any]:
    """What analysts see of training, and which files there are."""
    tracking = open_tracking(demo.settings, demo.database)
    runs = tracking.client.search_runs([tracking.experiment_id])
    return {
        "runs": sorted((run.info.run_id, run.info.status, run.info.end_time) for run in runs),
        "champion": load_champion(demo.settings).version,
        "versions": len(tracking.client.search_model_versions()),
        "served files": sorted(map(str, demo.settings.artifact_root.rglob("arrays.npz"))),
    }


@pytest.mark.parametrize(
    ("options", "manner"),
    [((), "refitted"), (("--train",), "trained")],
    ids=["with the champion's recipe", "with the contest"],
)
def test_replay_tells_how_it_would_have_done_and_leaves_everything_as_it_was(
    demo: Installation, options: tuple[str, ...], manner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody could have approved a model in the copy: one that passes the gate must serve there all the same.
    monkeypatch.setenv("RECSYS_REQUIRE_APPROVAL", "true")
    before, known = table_contents(demo.database), models(demo)
    report = demo.json("replay", "--from", "2026-06-01", "--to", "2026-07-15", "--every", "40", *options)
    assert table_contents(demo.database) == before
    assert models(demo) == known
    with demo.database.connect("admin") as connection:
        names = {row[0] for row in connection.execute("select datname from pg_database")}
    assert not {name for name in names if "replay" in name}
    assert not (demo.settings.home / "replaying").exists()

    assert [(day["date"], day["until"]) for day in report["dates"]] == [
        ("2026-06-01", "2026-07-11"),
        ("2026-07-11", "2026-08-20"),
    ]
    assert report["recipe_chosen_until"] == (None if options else "2026-10-31")
    for day in (*report["dates"], report["all_dates"]):
        assert day["openings"] >= day["openings_permitted"] >= day["model"]["found_share"] * day["openings"] > 0
        assert day["model"]["rows"] == day["popularity"]["rows"] > day["persons"]
        assert day["ndcg_gain"]["lower"] <= day["ndcg_gain"]["mean"] <= day["ndcg_gain"]["upper"]
    # Which recipe serves so small a bank depends on who its key holds out.
    kinds = {day["kind"] for day in report["dates"]}
    assert kinds <= set(BY_KIND)
    assert options or kinds == {load_champion(demo.settings).bundle.recipe.kind}
    total = report["all_dates"]["openings"]
    assert sum(product["openings"] for product in report["products"]) == total
    assert sum(day["openings"] for day in report["dates"]) == total

    picture = Path(report["picture"])
    assert picture.name == f"2026-06-01-to-2026-07-15-every-40-{manner}.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    tracking = open_tracking(demo.settings, demo.database).beside("replays")
    logged = tracking.client.get_run(report["mlflow_run_id"])
    assert logged.info.experiment_id == tracking.experiment_id
    assert logged.data.metrics["ndcg"] == pytest.approx(report["all_dates"]["model"]["ndcg"])
    files = {file.path for file in tracking.client.list_artifacts(report["mlflow_run_id"])}
    assert files == {"replay.json", "replay.png"}


def test_replay_beyond_what_is_known_is_refused_with_the_last_date_that_could_be(demo: Installation) -> None:
    refused = demo.recsys("replay", "--from", "2026-06-01", "--to", "2026-10-31", check=False)
    assert refused.returncode == 1
    assert "the data ends 2026-10-31" in refused.stderr
    assert "Traceback" not in refused.stderr
