"""Step `cluster_values`: find spellings of one value in free-text categories, and accept the certain ones by rule."""

from __future__ import annotations

from collections import Counter

from recsys.cleaning.value_clusters import Method, propose_clusters
from recsys.feed.contract import CLUSTERED
from recsys.io.postgres import Connection
from recsys.io.runs import read_feed
from recsys.io.value_clusters import (
    accept_by_rule,
    count_clusters,
    read_decisions,
    read_spellings,
    renew_counts,
    write_proposals,
)
from recsys.steps.context import StepContext
from recsys.types import JSON, StepResult


def cluster_values(context: StepContext) -> StepResult:
    """Bring `ops.value_clusters` in line with `raw`, for all columns in one transaction; decisions stand."""
    with context.connect() as connection:
        read_feed(connection, context.run.run_id)
        n_distinct = {f"{table}.{column}": _cluster(context, connection, table, column) for table, column in CLUSTERED}
        clusters = count_clusters(connection)
    states: Counter[str] = Counter()
    by_column: dict[str, JSON] = {}
    for row in clusters:
        states[row["state"]] += row["n_values"]
        by_column[f"{row['table_name']}.{row['column_name']}: {row['method']}, {row['state']}"] = row["n_values"]
    return StepResult(
        sum(states.values()), {"distinct": dict(n_distinct), "values": dict(states), "clusters": by_column}
    )


def accepted_methods(laxest: str) -> tuple[Method, ...]:
    """The methods whose proposals nobody is asked about: `laxest` and all that are stricter; none for `none`."""
    if laxest == "none":
        return ()
    return tuple(method for method in Method if method.laxity <= Method(laxest).laxity)


def _cluster(context: StepContext, connection: Connection, table: str, column: str) -> int:
    spellings = read_spellings(connection, table, column)
    decisions = read_decisions(connection, table, column)
    proposals = propose_clusters(spellings, decisions, context.progress)
    write_proposals(connection, context.run.run_id, table, column, proposals)
    renew_counts(connection, table, column, spellings)
    laxest = context.settings.accept_clusters
    accept_by_rule(connection, table, column, accepted_methods(laxest), f"rule: {laxest}")
    return len(spellings)
