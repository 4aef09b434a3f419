"""Measure cleaning against the truth and write the figures of `docs/cleaning.md`: `python -m bench.cleaning`.

Demo banks go through `ingest_feed`, `resolve_customers`, `anonymise_feed` and `cluster_values`, each in a home of its
own. With RECSYS_PUBLIC_DATA the clusters of Berka are measured, too.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.cleaning import dirt, duplicates, pages, real_bank, spellings, variants
from bench.cleaning.bank import CLUSTERING, demo_bank, has_step
from bench.installation import machine
from bench.markers import replace_part

TARGET = Path(__file__).parents[2] / "docs" / "cleaning.md"
# Enough for merchants to repeat; more would only take longer.
TRANSACTIONS_PER_CUSTOMER = 5


@dataclass(frozen=True, slots=True)
class Results:
    """What one demo bank gave."""

    duplicates: pages.Duplicates
    spellings: list[spellings.Column]
    dirt: tuple[int, int, int]
    variants: list[variants.Column]


def measure(n_customers: int, seed: int) -> Results:
    """All figures of a demo bank."""
    with demo_bank(n_customers, TRANSACTIONS_PER_CUSTOMER, seed) as bank:
        bank.run("ingest_feed")
        cleaned, refused = spellings.measure(bank), dirt.measure(bank)
        exact = duplicates.exact_persons(bank)
        seconds, truth = bank.run("resolve_customers"), bank.truth("duplicates")
        found = pages.Duplicates(
            n_customers,
            seconds,
            exact,
            duplicates.found_persons(bank),
            truth,
            bank.truth("look_alikes"),
            duplicates.pairs_to_review(bank, truth),
        )
        clustered: list[variants.Column] = []
        if has_step(CLUSTERING):
            towns = variants.measure_inside(bank)
            bank.run("anonymise_feed")
            bank.run(CLUSTERING)
            clustered = [*variants.measure(bank), *towns]
        return Results(found, cleaned, refused, clustered)


def parts_of(results: Mapping[int, Results], seed: int) -> dict[str, str]:
    """The parts of the document about the demo banks that were measured so far."""
    banks = [result.duplicates for result in results.values()]
    sizes = " and ".join(f"{n:,}" for n in results)
    parts = {
        "measured": f"Measured on {datetime.now(UTC).date()} on demo banks of {sizes} customers (seed {seed}, "
        f"{TRANSACTIONS_PER_CUSTOMER} transactions each): {machine()}.",
        "duplicates": pages.pairs_table(banks),
        "kinds": pages.kinds_table(banks),
        "look-alikes": pages.look_alikes_table(banks),
        "spellings": pages.spellings_table({n: result.spellings for n, result in results.items()}),
        "dirt": pages.dirt_table({n: result.dirt for n, result in results.items()}),
    }
    if all(result.variants for result in results.values()):
        parts["variants"] = pages.variants_table({n: result.variants for n, result in results.items()})
    return parts


def main() -> None:
    """Measure and write the parts of the document, bank by bank, then print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, nargs="+", default=[5_000, 100_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=TARGET, help="The document whose parts are written.")
    arguments = parser.parse_args()
    if has_step(CLUSTERING) and "RECSYS_PUBLIC_DATA" in os.environ:
        columns = real_bank.measure(Path(os.environ["RECSYS_PUBLIC_DATA"]) / "berka")
        replace_part(arguments.out, "berka", real_bank.table_of(columns))
    results: dict[int, Results] = {}
    for n_customers in arguments.customers:
        results[n_customers] = measure(n_customers, arguments.seed)
        for name, text in parts_of(results, arguments.seed).items():
            replace_part(arguments.out, name, text)
    print(arguments.out.read_text())


if __name__ == "__main__":
    main()
