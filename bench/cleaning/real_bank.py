"""Value clusters of a real bank, Berka: what is proposed for its free-text categories, with counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from bench.cleaning.bank import CLUSTERING, Bank, throw_away_home
from bench.markers import table
from recsys.feed.berka import adapt
from recsys.feed.contract import CLUSTERED_IN_STAGING
from recsys.io.feed_writer import write_feed
from recsys.io.public_data import read_berka

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Column:
    """Of one column: distinct values, rows with one, and proposals as (value, canonical, rows)."""

    name: str
    n_values: int
    n_rows: int
    proposals: list[tuple[str, str, int]]


def measure(public_data: Path) -> list[Column]:
    """Every clustered column of Berka that holds anything, after `cluster_values`."""
    with throw_away_home() as settings:
        feed = settings.home / "feeds" / "berka"
        write_feed(adapt(read_berka(public_data)), feed)
        bank = Bank(settings, feed)
        for step in ("ingest_feed", "resolve_customers", "anonymise_feed", CLUSTERING):
            bank.run(step)
        return [column for place in CLUSTERED_IN_STAGING if (column := _measure(bank, *place)).n_values]


def table_of(columns: list[Column]) -> str:
    """What was proposed, column by column."""
    lines = [
        [f"`{column.name}`", f"{column.n_values:,}", f"{column.n_rows:,}", str(len(column.proposals)), _shown(column)]
        for column in columns
    ]
    return table(["column", "distinct values", "rows", "proposals", "value → becomes (rows)"], lines)


def _shown(column: Column) -> str:
    return "; ".join(f"{value} → {to} ({n:,})" for value, to, n in column.proposals[:_SHOWN]) or "none"


def _measure(bank: Bank, table_name: str, column: str) -> Column:
    with bank.database.connect("transform") as connection:
        query = sql.SQL("select count(distinct {}), count({}) from raw.{}").format(
            sql.Identifier(column), sql.Identifier(column), sql.Identifier(table_name)
        )
        n_values, n_rows = connection.execute(query).fetchone() or (0, 0)
        proposals = connection.execute(
            """
            select value, canonical, n_rows from ops.value_clusters
            where table_name = %s and column_name = %s order by n_rows desc, value
            """,
            [table_name, column],
        ).fetchall()
    return Column(f"{table_name}.{column}", n_values, n_rows, list(proposals))
