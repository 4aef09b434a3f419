"""Great Expectations on marts."""

from __future__ import annotations

from recsys.errors import RunError
from recsys.io.checks import run_checks, suite_names
from recsys.io.runs import read_feed, read_step_details
from recsys.steps.anonymity import check_anonymity
from recsys.steps.context import StepContext
from recsys.types import StepResult


def check_marts(context: StepContext) -> StepResult:
    """Stop the run before a model sees marts that break `expectations/marts/`, or k."""
    with context.connect() as connection:
        load = read_feed(connection, context.run.run_id)
        built = read_step_details(connection, context.run.run_id, "build_marts")
    if built is None:
        raise RunError("This run has built no marts.", remedy="Run `recsys build_marts` with the same --run-id first.")
    report = run_checks(
        context.settings,
        context.database,
        context.role,
        zone="marts",
        run_id=context.run.run_id,
        tables={name: f"marts.{name}" for name in suite_names("marts")},
        parameters={
            "as_of": load["as_of"].isoformat(),
            "last_year": load["as_of"].year,
            "currencies": [load["currency"]],
            "feature_dates": built["feature_dates"],
        },
    )
    check_anonymity(context, "marts", load)
    return StepResult(sum(report.rows.values()), report.details)
