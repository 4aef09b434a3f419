"""`recsys privacy scan`: looking for personal data where none belongs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import Json, StepProgress, lines_aside, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.privacy.scanning import ScanResult


def scan(
    sample: Annotated[int, typer.Option(min=1, help="Rows of each table that are looked at.")] = 1_000,
    full: Annotated[bool, typer.Option("--full", help="Look at every row and every file.")] = False,
    as_json: Json = False,
) -> None:
    """Search tables, artifacts and logs for personal data; says where and what kind, never the value. Exit code 1
    where something was found.
    """
    from recsys.steps.installation_scan import scan_installation

    run_id = f"scan-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    with lines_aside(as_json):
        result = scan_installation(read_settings(), run_id, None if full else sample, StepProgress())
    if as_json:
        say_json({"run_id": run_id, **asdict(result)})
    else:
        _show(result)
    if result.findings:
        raise typer.Exit(1)


def _show(result: ScanResult) -> None:
    if result.findings:
        show_table(
            ("place", "column", "kind", "how sure", "texts"),
            [(one.place, one.column, one.kind, one.certainty, one.n_texts) for one in result.findings],
        )
        say()
    say(
        f"{result.n_texts:,} texts in {result.n_places:,} places, looked through for {result.n_customers:,} customers: "
        f"{len(result.findings) or 'no'} findings."
    )
