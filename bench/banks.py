"""The banks that are measured, how their feeds are made, and the README's table of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.installation import Installation

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
    return {
        "publication": publication,
        "steps": {step["step"]: step for step in installation.steps(publication["run_id"])},
    }


def row(title: str, result: dict[str, Any]) -> list[str]:
    """The line of one bank."""
    publication, steps = result["publication"], result["steps"]
    candidates = steps["train_models"]["details"]["candidates"]
    champion, popularity = candidates[publication["model_name"]], candidates["popularity"]
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
