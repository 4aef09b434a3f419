"""Publish the demo bank and three real ones through Airflow and write the README's table: `python -m bench.real_banks`.

Reads the public data named by RECSYS_PUBLIC_DATA. Each bank has a home of its own under --homes.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from bench.installation import Installation
from bench.markers import replace_part, table

PROJECT = Path(__file__).parents[1]
BANKS = {"berka": ("berka", "Berka"), "scf": ("scf2019", "SCF 2019"), "santander": ("santander", "Santander")}
DEMO = "demo"
HEADER = [
    "bank", "persons", "products", "rows published", "minutes", "champion",
    "NDCG@5", "popularity's NDCG@5", "gain of the inductive hybrid over popularity, 95 % interval",
]  # fmt: skip


def make_feed(installation: Installation, bank: str, data: Path) -> Path:
    """The feed of `bank`, from the public files below `data` or from the generator."""
    feed = installation.home / "feeds" / bank
    source = [] if bank == DEMO else [str(data / BANKS[bank][0])]
    installation.recsys("feed", bank, *source, "--out", str(feed))
    return feed


def publish(installation: Installation, bank: str, data: Path) -> dict[str, Any]:
    """Make the feed of `bank`, run the DAG on it, and return what came out."""
    feed = make_feed(installation, bank, data)
    installation.recsys("up")
    try:
        installation.recsys("run", "--feed", str(feed), "--train", "always")
        publication = installation.publication()
        steps = {step["step"]: step for step in installation.steps(publication["run_id"])}
    finally:
        installation.recsys("down")
    return {"publication": publication, "steps": steps}


def row(title: str, result: dict[str, Any]) -> list[str]:
    """The line of one bank."""
    publication, steps = result["publication"], result["steps"]
    candidates = steps["train_models"]["details"]["candidates"]
    champion, popularity = candidates[publication["model_name"]], candidates["popularity"]
    hybrid = candidates["inductive"]
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
        f"{hybrid['ndcg_gain']:+.3f} ({hybrid['ndcg_gain_lower']:+.3f} to {hybrid['ndcg_gain_upper']:+.3f})",
    ]


def main() -> None:
    """Run every bank and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path, default=PROJECT / ".recsys" / "banks")
    parser.add_argument("--banks", nargs="*", choices=[DEMO, *BANKS], default=[DEMO, *BANKS])
    arguments = parser.parse_args()
    if "RECSYS_PUBLIC_DATA" not in os.environ:
        raise SystemExit("RECSYS_PUBLIC_DATA must name the folder with the public data sets berka, scf2019, santander.")
    data = Path(os.environ["RECSYS_PUBLIC_DATA"]).resolve()
    titles = {DEMO: "Demo bank, synthetic", **{bank: title for bank, (_, title) in BANKS.items()}}
    rows = [row(titles[bank], publish(Installation(arguments.homes / bank), bank, data)) for bank in arguments.banks]
    replace_part(PROJECT / "README.md", "banks", table(HEADER, rows))
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
