"""`recsys quality`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from pathlib import Path

    from recsys.monitoring.quality.report import QualityReport, TableReport

app = typer.Typer()
_COUNTS = ("read", "kept", "quarantined", "standardised")
_PANEL = "Runs and what they publish"


@app.command(rich_help_panel=_PANEL)
def quality(
    run_id: Annotated[str | None, typer.Argument(help="The run; by default the one that took in a feed last.")] = None,
    as_json: Json = False,
) -> None:
    """How good the data of a load is, in a few lines, and where its report is."""
    from recsys.errors import RunError
    from recsys.io.postgres import open_database
    from recsys.io.quality_facts import read_newest_load, read_quality_facts
    from recsys.io.quality_report import report_file
    from recsys.monitoring.quality.report import build_report

    settings = read_settings()
    with open_database(settings).connect("engineer") as connection:
        wanted = run_id or read_newest_load(connection)
        if wanted is None:
            raise RunError("No run has taken in a feed yet.", remedy="Start with `recsys run` or `recsys demo`.")
        report = build_report(read_quality_facts(connection, wanted))
    path = report_file(settings, wanted)
    if as_json:
        say_json(_as_json(report, path))
    else:
        _show(report, path)


def _as_json(report: QualityReport, path: Path) -> dict[str, Any]:
    feed, last = report.facts.feed, report.facts.last
    return {
        "run_id": feed.run_id,
        "feed": feed.name,
        "as_of": feed.as_of,
        "verdict": report.severity.name.lower(),
        "findings": [finding.sentence for finding in report.findings],
        "compared_with": last.run_id if last else None,
        "tables": {table.name: _counts(table) for table in report.tables},
        "report": str(path) if path.exists() else None,
    }


def _counts(table: TableReport) -> dict[str, Any]:
    return {
        "read": table.total("n_read"),
        "kept": table.total("n_kept"),
        "quarantined": table.total("n_quarantined"),
        "standardised": table.n_standardised,
        "moved": {column.name: column.drift.word for column in table.moved if column.drift},
    }


def _cells(table: TableReport) -> tuple[object, ...]:
    counts = _counts(table)
    return (
        table.name,
        *(counts[what] for what in ("read", "kept", "quarantined", "standardised")),
        ", ".join(counts["moved"]),
    )


def _show(report: QualityReport, path: Path) -> None:
    from recsys.monitoring.quality.findings import VERDICTS

    feed, last = report.facts.feed, report.facts.last
    say(f"{feed.name}, data until {feed.as_of}, run {feed.run_id}: {VERDICTS[report.severity].lower()}.")
    say(f"Compared with run {last.run_id}." if last else "There is no earlier load to compare it with.")
    for finding in report.findings:
        say(f"  {finding.sentence}")
    say()
    show_table(
        ("table", *_COUNTS, "columns that moved"),
        [_cells(table) for table in report.tables],
    )
    say(f"\nThe report: {path}" if path.exists() else "\nIts report was let go of, or not written yet.")
