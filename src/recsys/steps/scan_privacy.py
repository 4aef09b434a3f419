"""Step `scan_privacy`: look for personal data outside the boundary, in a sample, before anything is published."""

from __future__ import annotations

from recsys.steps.context import StepContext
from recsys.steps.installation_scan import SAMPLE_ROWS, refuse_findings, scan_installation
from recsys.types import StepResult


def scan_privacy(context: StepContext) -> StepResult:
    """Look through a sample of every table and the newest files. Raises `PrivacyError` where something is found."""
    result = scan_installation(
        context.settings, context.run.run_id, SAMPLE_ROWS, context.progress, context.run.feed, context.credentials
    )
    refuse_findings(result.findings)
    return StepResult(result.n_texts, {"places": result.n_places, "customers": result.n_customers})
