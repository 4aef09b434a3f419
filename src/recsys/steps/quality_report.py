"""The quality report of a load: written when its duplicates are known, and again when its rows are in `raw`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from recsys.io.quality_facts import read_quality_facts, read_rejected
from recsys.io.quality_report import write_quality_report
from recsys.monitoring.quality.report import build_report
from recsys.steps.context import StepContext
from recsys.types import JSON, StepResult


def with_quality_report(context: StepContext, result: StepResult) -> StepResult:
    """`result` of `resolve_customers`, with the place of the report that it completes."""
    return replace(result, details={**result.details, "quality_report": renew_quality_report(context, result.details)})


def renew_quality_report(context: StepContext, duplicates: Mapping[str, JSON] | None = None) -> str:
    """Write the report as of now and return its place; `duplicates` None: as `resolve_customers` noted them."""
    with context.connect() as connection:
        rejected = read_rejected(connection, context.run.run_id)
        facts = read_quality_facts(connection, context.run.run_id, duplicates, rejected)
    return str(write_quality_report(context.settings, build_report(facts)))
