"""The banks that are measured, how their feeds are made, and the README's table of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.installation import Installation
from recsys.io.registry import open_registry
from recsys.models.candidates import recipe_of
from recsys.settings import Settings
from recsys.steps.training.gate_facts import facts_of_training

PROJECT = Path(__file__).parents[1]
BANKS = {"berka": ("berka", "Berka"), "scf": ("scf2019", "SCF 2019"), "santander": ("santander", "Santander")}
DEMO = "demo"
TITLES = {DEMO: "Demo bank, synthetic", **{bank: title for bank, (_, title) in BANKS.items()}}
HEADER = [
    "bank", "persons", "products", "rows published", "minutes", "champion",
    "NDCG@5", "popularity's NDCG@5", "gain of the champion over popularity, 95 % interval",
]  # fmt: skip


def make_feed(installation: Installation, bank: str, data: Path) -> Path:
    """The feed of `bank`, from the public files below `data` or from the generator."""
    feed = installation.home / "feeds" / bank
    source = [] if bank == DEMO else [str(data / BANKS[bank][0])]
    installation.recsys("feed", bank, *source, "--out", str(feed))
    return feed


def outcome(installation: Installation) -> dict[str, Any]:
    """What readers see, and the steps of the run that made it."""
    publication = installation.publication()
    steps = {step["step"]: step for step in installation.steps(publication["run_id"])}
    training_id = str(steps["train_models"]["details"]["mlflow_run_id"])
    return {"publication": publication, "steps": steps, "row": _row_of(installation, publication, training_id)}


def _row_of(installation: Installation, publication: dict[str, Any], training_id: str) -> str:
    """The row of the training with the recipe that was published with: its kind, or `champion` for an earlier one."""
    settings = Settings(home=installation.home)
    registry = open_registry(settings, installation.database())
    version = registry.find_version(str(publication["model_version"]))
    found = facts_of_training(registry.tracking, training_id).contestant_with(
        recipe_of(json.loads(version.tags["recipe"]))
    )
    if found is None:
        raise SystemExit(f"Training {training_id} did not compare version {version.version}, which serves.")
    return found


def row(title: str, result: dict[str, Any]) -> list[str]:
    """The line of one bank."""
    publication, steps = result["publication"], result["steps"]
    candidates = steps["train_models"]["details"]["candidates"]
    champion, popularity = candidates[result["row"]], candidates["popularity"]
    minutes = (
        steps["publish_recommendations"]["finished_at"] - steps["ingest_feed"]["started_at"]
    ).total_seconds() / 60
    return [
        title,
        f"{publication['n_persons']:,}",
        str(len(publication["counts"]["rows_by_product"])),
        f"{publication['n_rows']:,}",
        f"{minutes:.1f}",
        publication["model_name"],
        f"{champion['ndcg_at_5']:.3f}",
        f"{popularity['ndcg_at_5']:.3f}",
        _gain(champion),
    ]


def _gain(champion: dict[str, Any]) -> str:
    """Empty where popularity itself serves."""
    if "ndcg_gain" not in champion:
        return ""
    return f"{champion['ndcg_gain']:+.3f} ({champion['ndcg_gain_lower']:+.3f} to {champion['ndcg_gain_upper']:+.3f})"
