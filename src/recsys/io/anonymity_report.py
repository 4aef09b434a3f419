"""The anonymity report as one HTML file beside the quality report: nothing is fetched from elsewhere, no script."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from recsys.io.quality_report import folder_name, reports_folder
from recsys.monitoring.anonymity import AnonymityReport
from recsys.settings import Settings

FILE_NAME = "anonymity.html"
_TEMPLATES = Path(__file__).with_name("templates")


def write_anonymity_report(settings: Settings, report: AnonymityReport) -> Path:
    """Write the page of a run, replacing an earlier one. It goes with the run's quality report."""
    path = anonymity_file(settings, report.run_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_suffix(".new")
    aside.write_text(_template().render(report=report))
    aside.replace(path)
    return path


def anonymity_file(settings: Settings, run_id: str) -> Path:
    """Where the page of a run is, or would be."""
    return reports_folder(settings) / folder_name(run_id) / FILE_NAME


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("anonymity.html.j2")
