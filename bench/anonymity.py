"""What k-anonymity costs: the same banks published with several k, into `docs/privacy.md`: `python -m bench.anonymity`.

Reads the public data named by RECSYS_PUBLIC_DATA. Every run is in a home of its own that is thrown away.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from bench.banks import DEMO, make_feed
from bench.installation import Installation
from bench.markers import replace_part, table

PAGE = Path(__file__).parents[1] / "docs" / "privacy.md"
TITLES = {DEMO: "demo bank", "santander": "Santander"}
HEADER = [
    "bank", "k", "NDCG@5 of `inductive`", "its gain over popularity, 95 % interval", "refused by age",
    "rows published",
]  # fmt: skip


def published(bank: str, k: int, data: Path) -> dict[str, Any]:
    """What came of one run with `k`."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "home")
        os.environ["RECSYS_K_ANONYMITY"] = str(k)
        feed = make_feed(installation, bank, data)
        try:
            installation.recsys("run", "--local", "--feed", str(feed), "--train", "always")
            publication = installation.publication()
            steps = {step["step"]: step["details"] for step in installation.steps(publication["run_id"])}
        finally:
            installation.recsys("down")
    return {"publication": publication, "hybrid": steps["train_models"]["candidates"]["inductive"]}


def row(title: str, k: int, result: dict[str, Any]) -> list[str]:
    """The line of one run."""
    hybrid, publication = result["hybrid"], result["publication"]
    return [
        title,
        str(k) if k else "off",
        f"{hybrid['ndcg_at_5']:.3f}",
        f"{hybrid['ndcg_gain']:+.3f} ({hybrid['ndcg_gain_lower']:+.3f} to {hybrid['ndcg_gain_upper']:+.3f})",
        f"{publication['counts']['refused_pairs_by_rule'].get('age', 0):,}",
        f"{publication['n_rows']:,}",
    ]


def main() -> None:
    """Run every bank with every k and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--k", type=int, nargs="*", default=[0, 5, 10, 20])
    parser.add_argument("--banks", nargs="*", choices=TITLES, default=list(TITLES))
    arguments = parser.parse_args()
    if "RECSYS_PUBLIC_DATA" not in os.environ:
        raise SystemExit("RECSYS_PUBLIC_DATA must name the folder with the public data sets.")
    data = Path(os.environ["RECSYS_PUBLIC_DATA"]).resolve()
    rows = [row(TITLES[bank], k, published(bank, k, data)) for bank in arguments.banks for k in arguments.k]
    replace_part(PAGE, "anonymity", table(HEADER, rows))
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
