"""dbt: staging, intermediate, marts, with their tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from recsys.evaluation.splits import HORIZON_DAYS, SNAPSHOT_HORIZON_DAYS, fold_origins
from recsys.io.dbt import run_dbt
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
    """Build every mart for the feature dates of the run: the origins of its folds, and `as_of`."""
    with context.connect() as connection:
        load = read_feed(connection, context.run.run_id)
        first_opening = read_first_opening(connection)
    origins = fold_origins(load["as_of"], load["history"], first_opening)
    log = context.settings.home / "dbt" / "logs" / f"{context.run.run_id}.log"
    result = run_dbt(
        context.settings,
        context.database,
        context.role,
        ["build", "--exclude-resource-type", "unit_test"],
        _variables(load, origins, context.settings.seed),
        log=log,
        progress=context.progress,
    )
    with context.connect() as connection:
        rows = {mart: count_rows(connection, mart) for mart in MARTS}
    return StepResult(sum(rows.values()), _details(load, origins, rows) | {"dbt_nodes": dict(result.n_by_status)})


def _variables(load: dict[str, Any], origins: tuple[date, ...], seed: int) -> dict[str, JSON]:
    return {
        "as_of": load["as_of"].isoformat(),
        "history": load["history"],
        "seed": seed,
        "currency": load["currency"],
        "legal_basis": load["legal_basis"],
        "feature_dates": [day.isoformat() for day in sorted({*origins, load["as_of"]})],
    }


def _details(load: dict[str, Any], origins: tuple[date, ...], rows: dict[str, int]) -> dict[str, JSON]:
    return {
        "as_of": load["as_of"].isoformat(),
        "history": load["history"],
        "fold_origins": [origin.isoformat() for origin in origins],
        "feature_dates": [day.isoformat() for day in sorted({*origins, load["as_of"]})],
        "horizon_days": SNAPSHOT_HORIZON_DAYS if load["history"] == "snapshot" else HORIZON_DAYS,
        "rows": dict(rows),
    }
