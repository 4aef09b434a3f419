"""Measure everything and write `docs/performance.md`: `python -m bench.performance --customers 100000`.

The demo bank runs through every step in this installation's way, without Airflow, in a home of its own that is thrown
away; the parts that have a target are measured by the other benchmarks, each next to a peer.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import (
    anonymising,
    evaluating,
    ingesting,
    linkage,
    made_bank,
    publishing,
    ranking,
    redacting,
    serving,
    serving_words,
    training,
)
from bench.installation import Installation, machine
from bench.markers import replace_part, table, with_verdict

TARGET = Path(__file__).parents[1] / "docs" / "performance.md"
RUN, PARTS, SERVING = "run", "parts", "serving"
_RUN = """## A whole run: {customers:,} customers, {transactions:,} transactions

On {day}, {machine}: `recsys feed demo --customers {customers}` and `recsys run --local`, {minutes:.1f} minutes
from first to last.

{steps}

Peak memory is of the step's own process; workers that analyse texts come on top.
"""
_PARTS = """## Parts with a target

On {day}, {machine}.

{parts}

Scoring, rules and ranking are over {products} products in blocks of {block:,} customers, from encoded customers to
their permitted top {top_n}, with at most {ranking_memory:,} MB whatever the number of customers, making and encoding
them included. Champions were fitted on {learned_from:,} made-up customers with their default recipes; the blend has its
default members. LightGBM's own prediction is of the same trees on all cores, from {block:,} customers. implicit works
on all cores, and its filter is given what the rules refuse.

Publishing counts rows written into the partition aside, before its keys are built; the switch itself took
{switch:.0f} ms. Of {published:,} customers a publication keeps {bytes}.

A transaction without texts costs two keyed pseudonyms and seven columns that pass; a customer two
pseudonyms, year of birth, region, an occupation that is read for names, and contact data that is sealed with
AES-256-GCM. Texts are redacted in two processes, whose start counts; the naive loop is timed on a sample of the same
texts, without its start. Statement lines are thirteen hundred templates with other numbers in each line; short texts
are the queries of Banking77 (with RECSYS_PUBLIC_DATA), of which no two are alike.

A candidate is measured on customers of whom all opened something, with intervals of the headline metrics and of their
differences to another candidate, in one thread. Models are trained on made-up customers, of whom each opened three
products on average.

## Training models

{trained}

## Taking data in

{taken_in}

## Finding duplicates

{duplicates}
"""


_SERVING = """## Serving

On {day}, {machine}.

{parts}

{sentences}
"""


def whole_run(customers: int) -> dict[str, Any]:
    """Steps of one local run on a new demo bank."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "home")
        feed = installation.home / "feeds" / "demo"
        installation.recsys("feed", "demo", "--customers", str(customers), "--out", str(feed))
        try:
            installation.recsys("run", "--local", "--feed", str(feed))
            return {"steps": installation.steps(installation.publication()["run_id"])}
        finally:
            installation.recsys("down")


def step_row(step: dict[str, Any]) -> list[str]:
    """The line of one step."""
    rate = step["row_count"] / step["seconds"] if step["seconds"] else 0
    return [
        f"`{step['step']}`",
        f"{step['row_count']:,}",
        f"{step['seconds']:.2f}",
        f"{rate:,.0f}",
        f"{step['peak_memory_bytes'] / 1e6:,.0f}",
    ]


def part_rows(published: dict[str, Any], anonymised: dict[str, Any]) -> list[list[str]]:
    """Rates of writing, their targets and their peers."""
    return [
        _part("publishing before keys, rows/s", published["rows_per_second"], 500_000),
        *anonymising_rows(anonymised),
    ]


def anonymising_rows(anonymised: dict[str, Any]) -> list[list[str]]:
    """The parts that texts have no share in."""
    return [
        _part("structured anonymisation of transactions without texts, rows/s", anonymised["rows_per_second"], 200_000),
        _part("anonymisation of customers, rows/s", anonymised["customers_per_second"], 100_000),
    ]


def _part(name: str, rates: dict[str, int], target: int) -> list[str]:
    (_, measured), *others = rates.items()
    peers = "; ".join(f"{label}: {rate:,}" for label, rate in others)
    return [name, with_verdict(f"{measured:,}", is_met=measured >= target), f"{target:,}", peers]


def run_text(run: dict[str, Any]) -> str:
    """What a whole run took, step by step."""
    steps = run["steps"]
    tables = next(step for step in steps if step["step"] == "ingest_feed")["details"]["tables"]
    seconds = (steps[-1]["finished_at"] - steps[0]["started_at"]).total_seconds()
    return _RUN.format(
        day=datetime.now(UTC).date(),
        machine=machine(),
        customers=run["customers"],
        transactions=tables["transactions"]["kept"],
        minutes=seconds / 60,
        steps=table(["step", "rows", "seconds", "rows/s", "peak memory, MB"], [step_row(step) for step in steps]),
    )


def parts_text() -> str:
    """What each part took, next to its target and its peers; measured here and now."""
    ranked, published = ranking.measure(1_000_000), publishing.measure(1_000_000)
    anonymised, redacted = anonymising.measure(2_000_000), redacting.measure(50_000)
    linked, taken_in = linkage.measure(200_000), ingesting.measure(10_000_000)
    evaluated, trained = evaluating.measure(1_000_000), training.measure(1_000_000)
    return _PARTS.format(
        day=datetime.now(UTC).date(),
        machine=machine(),
        parts=table(
            ["part", "measured", "target", "next to it, in the same run"],
            [
                *ranking.part_rows(ranked),
                *part_rows(published, anonymised),
                *redacting.part_rows(redacted),
                *training.part_rows(trained),
                *evaluating.part_rows(evaluated),
            ],
        ),
        products=ranked["products"],
        block=made_bank.BLOCK,
        top_n=made_bank.TOP_N,
        ranking_memory=ranked["memory_mb"],
        learned_from=ranked["learned_from"],
        trained=training.sentences(trained),
        switch=published["seconds"]["switch"] * 1000,
        published=published["customers"],
        bytes=", ".join(f"{size:.0f} bytes per {what}" for what, size in published["bytes_per_row"].items()),
        duplicates=linkage.sentence(linked),
        taken_in=ingesting.sentence(taken_in),
    )


def serving_text() -> str:
    """How fast the API answers, beside a constant route; measured here and now."""
    served = serving.measure(1_000_000)
    return _SERVING.format(
        day=datetime.now(UTC).date(),
        machine=machine(),
        parts=table(["part", "measured", "target", "next to it, in the same run"], serving_words.part_rows(served)),
        sentences=serving_words.sentences(served),
    )


def main() -> None:
    """Measure, write the document and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument(
        "--only", choices=(RUN, PARTS, SERVING), help="measure this, and leave the rest of the document"
    )
    arguments = parser.parse_args()
    if arguments.only in (None, PARTS):
        replace_part(TARGET, PARTS, parts_text())
    if arguments.only in (None, SERVING):
        replace_part(TARGET, SERVING, serving_text())
    if arguments.only in (None, RUN):
        run = {"customers": arguments.customers, **whole_run(arguments.customers)}
        replace_part(TARGET, RUN, run_text(run))
    print(TARGET.read_text())


if __name__ == "__main__":
    main()
