"""Every step of the pipeline as a command of its own name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import (
    Json,
    StepProgress,
    hint,
    in_megabytes,
    in_seconds,
    lines_aside,
    read_settings,
    say,
    say_json,
)
from recsys.cli.step_notes import step_notes
from recsys.steps.registry import STANDING_STEPS, STEPS, Step

if TYPE_CHECKING:
    from recsys.settings import Settings

RunId = Annotated[str, typer.Option("--run-id", help="The run that the step belongs to; `recsys runs` lists them.")]
Feed = Annotated[
    str | None,
    typer.Option(help="Folder or URL of the feed, or a sources.toml; by default the sources, else the demo bank."),
]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="By default what the feed says.")]
TopN = Annotated[int | None, typer.Option(min=1, max=100, help="Recommendations per customer.")]
Train = Annotated[str, typer.Option(metavar="auto|always|never", help="Whether to train.")]
RequireApproval = Annotated[
    bool, typer.Option("--require-approval", help="A model that passes the gate waits for `recsys models approve`.")
]

app = typer.Typer()
_PANEL = "Steps, one by one"


def feed_to_take(feed: str | None, settings: Settings) -> str:
    """The feed that was asked for, or the one of `settings`, in words that mean the same in every working folder."""
    location = feed or settings.feed_location
    # fsspec itself knows what `~` stands for.
    return location if "://" in location or location.startswith("~") else str(Path(location).absolute())


def run_and_report(name: str, run_id: str) -> dict[str, Any]:
    """Run a step in this process and print its rows, seconds and peak memory. Returns what was noted of it."""
    from recsys.io.postgres import open_database
    from recsys.io.runs import read_step_runs
    from recsys.steps.runner import run_step

    settings = read_settings()
    run_step(name, run_id, settings, StepProgress())
    with open_database(settings).connect("engineer") as connection:
        done = next(row for row in read_step_runs(connection, run_id) if row["step"] == name)
    reason = done["details"].get("skipped", "")
    say(
        f"{name:<24}{done['row_count']:>14,} rows{in_seconds(done['seconds']):>14}"
        f"{in_megabytes(done['peak_memory_bytes']):>12}  {reason}".rstrip()
    )
    for note in step_notes(done["details"]):
        hint(f"    {note}")
    return done


@app.command("ingest_feed", help=STEPS[0].summary, rich_help_panel=_PANEL)
def ingest_feed(
    run_id: RunId,
    feed: Feed = None,
    as_of: AsOf = None,
    top_n: TopN = None,
    train: Train = "auto",
    require_approval: RequireApproval = False,
    as_json: Json = False,
) -> None:
    """Begin a run: the others go on with its id."""
    from recsys.io.runs import run_of
    from recsys.steps.runner import start_run

    settings = read_settings()
    date = as_of.date() if as_of else None
    run = run_of(
        run_id,
        feed_to_take(feed, settings),
        date,
        top_n or settings.top_n,
        train,
        require_approval=require_approval or settings.require_approval,
    )
    start_run(run, settings)
    _run("ingest_feed", run_id, as_json)


def _add(step: Step) -> None:
    @app.command(step.name, help=step.summary, rich_help_panel=_PANEL)
    def command(run_id: RunId, as_json: Json = False) -> None:
        _run(step.name, run_id, as_json)


def _add_promotion(step: Step) -> None:
    @app.command(step.name, help=step.summary, rich_help_panel=_PANEL)
    def command(run_id: RunId, require_approval: RequireApproval = False, as_json: Json = False) -> None:
        from recsys.steps.runner import ask_for_approval

        if require_approval:
            ask_for_approval(run_id, read_settings())
        _run(step.name, run_id, as_json)


def _add_standing(step: Step) -> None:
    @app.command(step.name, help=step.summary, rich_help_panel=_PANEL)
    def command(as_json: Json = False) -> None:
        from recsys.io.runs import run_of
        from recsys.steps.runner import start_run

        settings = read_settings()
        run = run_of(f"{step.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}", "", None, settings.top_n, "never")
        start_run(run, settings, step.name)
        _run(step.name, run.run_id, as_json)


def _run(name: str, run_id: str, as_json: bool) -> None:
    with lines_aside(as_json):
        done = run_and_report(name, run_id)
    if as_json:
        say_json(done)


for _step in STEPS[1:]:
    (_add_promotion if _step.name == "promote_model" else _add)(_step)
# They belong to no run of the pipeline, so each begins one of its own.
for _step in STANDING_STEPS:
    _add_standing(_step)
