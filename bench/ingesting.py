"""Rows per second and memory of `ingest_feed` for many transactions, next to a bare COPY of the same file.

    python -m bench.ingesting --transactions 10000000 --out ingesting.json

The demo bank's transactions come once as a folder and once as a delivery of a source. A home of its own is thrown away.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from psycopg import sql

from bench import command
from bench.installation import Installation

PER_CUSTOMER = 100
# What the demo bank's generator makes of one that is asked for: its customers join over time.
MADE_SHARE = 0.88
READ_BYTES = 1 << 20
SOURCES = """
[feed]
name = "demo"
as_of = 2026-10-31

[sources.core]
kind = "files"
location = "{folder}"

[sources.core.tables.customers]
origin = "customers.csv"
columns = {{ valid_from = "valid_from" }}

[sources.core.tables.products]
origin = "products.csv"

[sources.core.tables.holdings]
origin = "holdings.csv"

[sources.core.tables.transactions]
origin = "transactions.csv"
"""


def measure(n: int) -> dict[str, Any]:
    """Figures for about `n` transactions."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "home")
        feed = Path(folder) / "feed"
        installation.recsys(
            "feed", "demo", "--customers", str(round(n / PER_CUSTOMER / MADE_SHARE)),
            "--transactions-per-customer", str(PER_CUSTOMER), "--out", str(feed),
        )  # fmt: skip
        sources = Path(folder) / "sources.toml"
        sources.write_text(SOURCES.format(folder=feed))
        try:
            installation.recsys("up", "--database-only")
            folder_step = _ingest(installation, "folder", feed)
            sources_step = _ingest(installation, "sources", sources)
            rows, seconds = _bare_copy(installation, feed / "transactions.csv")
        finally:
            installation.recsys("down")
    kept = folder_step["details"]["tables"]["transactions"]["kept"]
    return {
        "transactions": kept,
        "peak_memory_bytes": max(folder_step["peak_memory_bytes"], sources_step["peak_memory_bytes"]),
        "rows_per_second": {
            "a folder": round(folder_step["row_count"] / folder_step["seconds"]),
            "the same files as deliveries of a source": round(sources_step["row_count"] / sources_step["seconds"]),
            "bare COPY of transactions.csv into columns of text": round(rows / seconds),
        },
    }


def sentence(figures: dict[str, Any]) -> str:
    """The figures in words."""
    (_, folder), (_, sources), (_, bare) = figures["rows_per_second"].items()
    return (
        f"`ingest_feed` took {figures['transactions']:,} transactions with their customers and holdings at {folder:,} "
        f"rows/s from a folder and at {sources:,} rows/s as a delivery of a source, with at most "
        f"{figures['peak_memory_bytes'] / 1e6:,.0f} MB of memory (limit: 2,000). Every row is standardised, checked "
        f"against the contract, profiled and written encrypted. A bare COPY of the same file of transactions into "
        f"columns of text, unchecked, took {bare:,} rows/s in the same run."
    )


def _ingest(installation: Installation, run_id: str, feed: Path) -> dict[str, Any]:
    installation.recsys("ingest_feed", "--run-id", run_id, "--feed", str(feed))
    return installation.steps(run_id)[0]


def _bare_copy(installation: Installation, path: Path) -> tuple[int, float]:
    """Rows of a CSV file and the seconds in which PostgreSQL takes them, unchecked, into columns of text."""
    with installation.database().connect("admin") as connection, path.open("rb") as file:
        names = file.readline().decode().strip().split(",")
        columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in names)
        connection.execute(sql.SQL("create table public.bare ({})").format(columns))
        began = time.perf_counter()
        with connection.cursor() as cursor:
            with cursor.copy("copy public.bare from stdin (format csv)") as copy:
                while block := file.read(READ_BYTES):
                    copy.write(block)
            return cursor.rowcount, time.perf_counter() - began


if __name__ == "__main__":
    command.run(measure, __doc__, "transactions", 10_000_000)
