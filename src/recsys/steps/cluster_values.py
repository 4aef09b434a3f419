"""Step `cluster_values`: find spellings of one value in free-text categories, and accept the certain ones by rule."""

from __future__ import annotations

from collections import Counter

from recsys.feed.contract import CLUSTERED_IN_STAGING
from recsys.io.postgres import Connection
from recsys.io.runs import read_feed
from recsys.io.value_clusters import count_clusters, read_spellings
from recsys.steps.clustered_column import cluster_column
from recsys.steps.context import StepContext
from recsys.types import JSON, StepResult


def cluster_values(context: StepContext) -> StepResult:
    """Bring `ops.value_clusters` in line with `raw`, for all columns in one transaction; decisions stand."""
    with context.connect() as connection:
        read_feed(connection, context.run.run_id)
        n_distinct = {".".join(column): _cluster(context, connection, column) for column in CLUSTERED_IN_STAGING}
        clusters = count_clusters(connection)
    states: Counter[str] = Counter()
    by_column: dict[str, JSON] = {}
    for row in clusters:
        states[row["state"]] += row["n_values"]
        by_column[f"{row['table_name']}.{row['column_name']}: {row['method']}, {row['state']}"] = row["n_values"]
    return StepResult(
        sum(states.values()), {"distinct": dict(n_distinct), "values": dict(states), "clusters": by_column}
    )


def _cluster(context: StepContext, connection: Connection, column: tuple[str, str]) -> int:
    spellings = read_spellings(connection, *column)
    cluster_column(context, connection, column, spellings)
    return len(spellings)
