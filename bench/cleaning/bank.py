"""A bank that goes through the first steps of a run, in a home and a database of its own that are thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys.feed.demo.bank import Plan
from recsys.io import cluster, migrate
from recsys.io.demo_feed import TRUTH_FOLDER, write_demo_feed
from recsys.io.landing import read_landing
from recsys.io.postgres import Database, open_database
from recsys.io.runs import read_step_runs
from recsys.settings import Settings
from recsys.steps.registry import STEPS
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

RUN_ID = "cleaning"
AS_OF = date(2026, 10, 31)
CLUSTERING = "cluster_values"


@dataclass(frozen=True, slots=True)
class Bank:
    """A feed in a home of its own."""

    settings: Settings
    feed: Path

    @property
    def database(self) -> Database:
        return open_database(self.settings)

    def truth(self, name: str) -> pa.Table:
        """A table of the truth about a demo bank."""
        return pq.read_table(self.feed / TRUTH_FOLDER / f"{name}.parquet")

    def delivered(self, table: str, columns: list[str]) -> pa.Table:
        """What the feed of a demo bank says."""
        return pq.read_table(self.feed / f"{table}.parquet", columns=columns)

    def landed(self, table: str, columns: list[str]) -> pa.Table:
        """What became of it, as long as it is in the landing: between `ingest_feed` and `anonymise_feed`."""
        key = self.database.secrets.key("landing_key")
        return pa.Table.from_batches(list(read_landing(self.settings.home, RUN_ID, table, key, columns)))

    def refused_lines(self) -> pa.Table:
        """Rows in quarantine: table_name, line, column_name, rule."""
        with self.database.connect("engineer") as connection:
            rows = connection.execute(
                "select table_name, line, column_name, rule from quarantine.list_rows(%s)", [RUN_ID]
            ).fetchall()
        names = ("table_name", "line", "column_name", "rule")
        return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    def landed_rows(self, table: str, lines: pa.Array) -> pa.Array:
        """Where rows of the feed, counted from 1, stand in the landing; nothing where they were refused."""
        refused = self.refused_lines()
        bad = pc.unique(refused.filter(pc.equal(refused["table_name"], table))["line"]).sort().to_numpy()
        wanted = lines.to_numpy()
        places = wanted - 1 - bad.searchsorted(wanted)
        return pc.if_else(pc.is_in(lines, value_set=pa.array(bad)), None, pa.array(places))

    def run(self, step: str) -> float:
        """Run a step; its seconds."""
        if step == STEPS[0].name:
            start_run(Run(RUN_ID, str(self.feed), None, 5, "auto"), self.settings)
        run_step(step, RUN_ID, self.settings)
        with self.database.connect("engineer") as connection:
            return float(next(row for row in read_step_runs(connection, RUN_ID) if row["step"] == step)["seconds"])


def has_step(name: str) -> bool:
    """Whether a run has such a step."""
    return any(step.name == name for step in STEPS)


@contextmanager
def throw_away_home() -> Iterator[Settings]:
    """A home with a server of its own."""
    with tempfile.TemporaryDirectory(prefix="recsys-cleaning-") as folder:
        settings = Settings(home=Path(folder) / "home")
        cluster.start(settings)
        try:
            migrate.prepare_database(settings)
            yield settings
        finally:
            cluster.stop(settings)


@contextmanager
def demo_bank(n_customers: int, transactions_per_customer: int, seed: int) -> Iterator[Bank]:
    """A demo bank, as Parquet: the numbers of its rows are the lines of the truth."""
    with throw_away_home() as settings:
        feed = settings.home / "feeds" / "demo"
        write_demo_feed(Plan(n_customers, seed, AS_OF, transactions_per_customer), feed, "parquet")
        yield Bank(settings, feed)
