"""`recsys privacy retention`: how long everything stays, and letting go of what is older."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, StepProgress, lines_aside, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.io.retention import PlaceAge


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Delete what is older than its period, in every table and folder that has one; or only say what would go."""
    from recsys.steps.retention import retention as enforce

    run_id = f"cli-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    with lines_aside(as_json):
        done = enforce(read_settings(), run_id, is_dry_run=dry_run, progress=StepProgress())
    if as_json:
        say_json([_as_json(age, n_deleted) for age, n_deleted in done])
        return
    show_table(
        ("place", "days", "oldest", "rows or files", "past their period", "deleted"),
        [
            (age.name, age.keep_days, _day(age.oldest), age.n_rows, age.n_past, n_deleted)
            for age, n_deleted in done
        ],
    )  # fmt: skip
    n_past = sum(age.n_past for age, _ in done)
    say(f"\n{n_past:,} would go; nothing was changed." if dry_run else f"\n{sum(n for _, n in done):,} are gone.")


def _as_json(age: PlaceAge, n_deleted: int) -> dict[str, Any]:
    return {**asdict(age), "n_deleted": n_deleted}


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
