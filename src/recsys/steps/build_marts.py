"""dbt: staging, intermediate, marts, with their tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recsys.evaluation.feature_dates import plan_feature_dates
from recsys.evaluation.splits import Split, plan_split
from recsys.features.declared import FEATURE_TABLES, DeclaredFeature
from recsys.io.dbt import run_dbt
from recsys.io.declared_features import read_declared_features
from recsys.io.marts import count_rows
from recsys.io.raw import read_first_opening
from recsys.io.runs import read_feed
from recsys.steps.context import StepContext
from recsys.types import JSON, StepResult

MARTS = (
    "dim_customers",
    "dim_products",
    "fct_holdings",
    "fct_transactions",
    "fct_interactions",
    "feat_customers",
    "feat_customer_spending",
    "feat_products",
)


def build_marts(context: StepContext) -> StepResult:
    """Build every mart for the feature dates of the run: see `plan_feature_dates`."""
    with context.connect() as connection:
        load = read_feed(connection, context.run.run_id)
        first_opening = read_first_opening(connection)
        declared = read_declared_features(connection)
    split = plan_split(load["as_of"], load["history"], first_opening, context.settings.seed)
    feature_dates = [day.isoformat() for day in plan_feature_dates(split, load["as_of"], first_opening)]
    log = context.settings.home / "dbt" / "logs" / f"{context.run.run_id}.log"
    result = run_dbt(
        context.settings,
        context.database,
        context.role,
        ["build", "--exclude-resource-type", "unit_test"],
        _variables(load, split, feature_dates, declared),
        log=log,
        progress=context.progress,
    )
    with context.connect() as connection:
        rows = {mart: count_rows(connection, mart) for mart in MARTS}
    own: list[JSON] = [feature.name for feature in declared]
    details = _details(load, split, feature_dates, rows) | {
        "declared_features": own,
        "dbt_nodes": dict(result.n_by_status),
    }
    return StepResult(sum(rows.values()), details)


def _variables(
    load: dict[str, Any], split: Split, feature_dates: Sequence[str], declared: Sequence[DeclaredFeature]
) -> dict[str, JSON]:
    return {
        "as_of": load["as_of"].isoformat(),
        "history": load["history"],
        "seed": split.seed,
        "held_out_share": split.held_out_share,
        "currency": load["currency"],
        "legal_basis": load["legal_basis"],
        "feature_dates": [*feature_dates],
        "declared_features": {
            table: [feature.column for feature in declared if feature.table == table] for table in FEATURE_TABLES
        },
    }


def _details(load: dict[str, Any], split: Split, feature_dates: Sequence[str], rows: dict[str, int]) -> dict[str, JSON]:
    return {
        "as_of": load["as_of"].isoformat(),
        "history": load["history"],
        "split": split.to_json(),
        "feature_dates": [*feature_dates],
        "rows": dict(rows),
    }
