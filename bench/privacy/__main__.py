"""Measure how well free text is redacted and write the figures of `docs/privacy.md`: `python -m bench.privacy`.

Needs RECSYS_PUBLIC_DATA, the folder with the public data sets. What a bank knows and learns from its customers is
switched off, but for the row that says otherwise.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from bench.installation import machine
from bench.markers import replace_part
from bench.privacy import labelled, masking, pages
from bench.privacy.analysers import read_all

TARGET = Path(__file__).parents[2] / "docs" / "privacy.md"


def main() -> None:
    """Measure, write the figures into the document and print them."""
    folder = os.environ.get("RECSYS_PUBLIC_DATA")
    if not folder:
        raise SystemExit("RECSYS_PUBLIC_DATA does not name the folder with the public data sets.")
    data = Path(folder)
    synthetic, bank = labelled.read_synthetic(data), labelled.read_bank_texts()
    parts = {
        "synthetic": pages.synthetic(read_all(synthetic)),
        "bank": pages.bank(read_all(bank)),
        "filings": pages.filings(read_all(labelled.read_filings(data))),
        "masking": pages.moved(masking.measure([*synthetic, *bank])),
        "queries": pages.queries(read_all(labelled.read_queries(data))),
        "measured": f"Measured on {datetime.now(UTC).date()}: {machine()}.",
    }
    for name, text in parts.items():
        replace_part(TARGET, f"texts-{name}", text)
        print(f"{text}\n")


if __name__ == "__main__":
    main()
