"""The demo bank on disk: a feed, and the truth about it beside."""

from __future__ import annotations

from pathlib import Path

from recsys.feed.demo.bank import Plan, draw_bank
from recsys.feed.manifest import Manifest
from recsys.io.feed_writer import FeedFormat, FeedWriter, write_manifest
from recsys.types import Progress, no_progress


def write_demo_feed(
    plan: Plan, folder: Path, file_format: FeedFormat = "csv", progress: Progress = no_progress
) -> dict[str, int]:
    """Write the bank of `plan` to `folder`, the truth to its `truth/`; rows by table."""
    n_done = 0
    with FeedWriter(folder, file_format) as writer:
        for part in draw_bank(plan):
            for name, rows in part.tables.items():
                writer.write(name, rows)
            for name, rows in part.truth.items():
                writer.write(f"truth/{name}", rows)
            n_done = min(n_done + part.n_customers, plan.n_customers)
            progress(n_done, plan.n_customers, "customers")
    write_manifest(folder, Manifest(name="demo", currency="EUR", as_of=plan.as_of))
    return writer.rows
