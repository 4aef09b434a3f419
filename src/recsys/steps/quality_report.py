"""The quality report of a load, written once its duplicates are known."""

from __future__ import annotations

from dataclasses import replace

from recsys.io.quality_facts import read_quality_facts, read_rejected
from recsys.io.quality_report import write_quality_report
from recsys.monitoring.quality.report import build_report
from recsys.steps.context import StepContext
from recsys.types import StepResult


def with_quality_report(context: StepContext, result: StepResult) -> StepResult:
    """`result` of `resolve_customers`, with the place of the report that it completes."""
    with context.connect() as connection:
        rejected = read_rejected(connection, context.run.run_id)
        facts = read_quality_facts(connection, context.run.run_id, result.details, rejected)
    path = write_quality_report(context.settings, build_report(facts))
    return replace(result, details={**result.details, "quality_report": str(path)})
