"""The quality report as one HTML file in the home: nothing in it is fetched from elsewhere, and it runs no script."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from recsys.monitoring.drift import PSI_LIMITS, TOTAL_VARIATION_LIMITS
from recsys.monitoring.quality.findings import VERDICTS
from recsys.monitoring.quality.remedies import remedy
from recsys.monitoring.quality.report import QualityReport
from recsys.settings import Settings

FILE_NAME = "data_quality.html"
_TEMPLATES = Path(__file__).with_name("templates")


def write_quality_report(settings: Settings, report: QualityReport) -> Path:
    """Write the report of a load, replacing an earlier one, and let go of the oldest runs' reports."""
    path = report_file(settings, report.facts.feed.run_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_suffix(".new")
    aside.write_text(render(report))
    aside.replace(path)
    _delete_oldest(settings)
    return path


def render(report: QualityReport) -> str:
    """The page."""
    return _template().render(
        report=report,
        verdict=VERDICTS[report.severity],
        remedy=remedy,
        psi_limits=PSI_LIMITS,
        total_variation_limits=TOTAL_VARIATION_LIMITS,
    )


def reports_folder(settings: Settings) -> Path:
    """Where the reports of all runs are."""
    return settings.home / "reports"


def report_file(settings: Settings, run_id: str) -> Path:
    """Where the report of one run is, or would be."""
    return reports_folder(settings) / folder_name(run_id) / FILE_NAME


def folder_name(run_id: str) -> str:
    """A run's folder: Airflow's run ids hold colons and plus signs."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", run_id).lstrip(".")


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("data_quality.html.j2")


def _delete_oldest(settings: Settings) -> None:
    written = sorted(reports_folder(settings).glob(f"*/{FILE_NAME}"), key=lambda path: path.stat().st_mtime_ns)
    for path in written[: -settings.kept_reports]:
        shutil.rmtree(path.parent)
