"""The demo bank on disk: a feed, and the truth about it beside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from recsys.feed.demo.bank import Part, Plan, draw_bank
from recsys.feed.manifest import Manifest
from recsys.io.feed_writer import FeedFormat, FeedWriter, write_manifest
from recsys.types import Progress, no_progress

TRUTH_FOLDER = "truth"


def write_demo_feed(
    plan: Plan, folder: Path, file_format: FeedFormat = "csv", progress: Progress = no_progress
) -> dict[str, int]:
    """Write the bank of `plan` to `folder`, the truth to its `truth/`; rows by table."""
    n_done = 0
    with FeedWriter(folder, file_format) as writer:
        for part in draw_bank(plan):
            _write_part(writer, part)
            n_done = min(n_done + part.n_customers, plan.n_customers)
            progress(n_done, plan.n_customers, "customers")
    write_manifest(folder, Manifest(name="demo", currency="EUR", as_of=plan.as_of))
    return writer.rows


def _write_part(writer: FeedWriter, part: Part) -> None:
    # A CSV file has its header on line 1; rows of Parquet files are counted.
    first = {name: writer.rows.get(name, 0) + (2 if writer.file_format == "csv" else 1) for name in part.tables}
    truth = {**part.truth, **{name: _with_lines(part.truth[name], first) for name in ("dirt", "spellings")}}
    for name, rows in part.tables.items():
        writer.write(name, rows)
    for name, rows in truth.items():
        writer.write(f"{TRUTH_FOLDER}/{name}", rows)


def _with_lines(truth: pa.Table, first: Mapping[str, int]) -> pa.Table:
    """`truth` with the line in the file for the row of the part."""
    lines = np.array([first[name] for name in truth["table"].to_pylist()], np.int64) + truth["row"].to_numpy()
    return truth.set_column(1, "line", pa.array(lines))
