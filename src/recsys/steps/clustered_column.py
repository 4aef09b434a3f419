"""The spellings of one column: proposed, accepted by rule, and written down."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.cleaning.neighbours import Spelling
from recsys.cleaning.value_clusters import MIN_CUSTOMERS, MIN_CUSTOMERS_INSIDE, Method, propose_clusters
from recsys.feed.contract import CLUSTERED_INSIDE
from recsys.io.postgres import Connection
from recsys.io.value_clusters import accept_by_rule, read_decisions, renew_counts, write_proposals
from recsys.steps.context import StepContext


def cluster_column(
    context: StepContext, connection: Connection, column: tuple[str, str], spellings: Sequence[Spelling]
) -> None:
    """Bring what `ops.value_clusters` has of `column` (table, column) in line with `spellings`; decisions stand."""
    is_inside = column in CLUSTERED_INSIDE
    decisions = read_decisions(connection, *column)
    min_customers = MIN_CUSTOMERS_INSIDE if is_inside else MIN_CUSTOMERS
    proposals = propose_clusters(spellings, decisions, context.progress, min_customers=min_customers)
    write_proposals(connection, context.run.run_id, *column, proposals)
    # Inside the boundary an accepted value is rewritten before it is counted: it keeps the rows that it had.
    renew_counts(connection, *column, spellings, ("rejected",) if is_inside else ("accepted", "rejected"))
    laxest = context.settings.accept_clusters
    accept_by_rule(connection, *column, accepted_methods(laxest), f"rule: {laxest}")


def accepted_methods(laxest: str) -> tuple[Method, ...]:
    """The methods whose proposals nobody is asked about: `laxest` and all that are stricter; none for `none`."""
    if laxest == "none":
        return ()
    return tuple(method for method in Method if method.laxity <= Method(laxest).laxity)
