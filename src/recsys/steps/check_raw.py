"""Great Expectations on raw."""

from __future__ import annotations

from recsys.io.checks import run_checks, suite_names
from recsys.io.runs import read_feed
from recsys.steps.anonymity import check_anonymity
from recsys.steps.context import StepContext
from recsys.types import StepResult


def check_raw(context: StepContext) -> StepResult:
    """Stop the run before anything is built on a batch that breaks `expectations/raw/`, or k."""
    with context.connect() as connection:
        load = read_feed(connection, context.run.run_id)
    report = run_checks(
        context.settings,
        context.database,
        context.role,
        zone="raw",
        run_id=context.run.run_id,
        tables={name: f"raw.{name}" for name in suite_names("raw")},
        parameters={"last_year": load["as_of"].year},
    )
    check_anonymity(context, "raw", load)
    return StepResult(sum(report.rows.values()), report.details)
