"""`recsys run` and `recsys runs`."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import (
    Json,
    hint,
    in_megabytes,
    in_seconds,
    lines_aside,
    read_settings,
    say,
    say_json,
    show_table,
)
from recsys.cli.steps import AsOf, Feed, RequireApproval, TopN, Train, feed_to_take, run_and_report
from recsys.errors import ModelError, RecsysError, StackError
from recsys.steps.registry import STEPS

if TYPE_CHECKING:
    from recsys.settings import Settings
    from recsys.types import Run

app = typer.Typer()
DAG_ID = "recommendations"
# Details of a step that say where there is more to see.
_FURTHER = {"quality_report": "Quality report", "data_docs": "Data Docs", "mlflow_run_id": "MLflow run"}
_ABOUT_THE_NIGHT = (
    "The nightly run takes {nightly}. For it to take this feed set RECSYS_FEED={feed} and start the stack again."
)
# What shells say of a command that Ctrl-C ended.
_INTERRUPTED = 130
_PANEL = "Runs and what they publish"


@app.command(rich_help_panel=_PANEL)
def run(
    feed: Feed = None,
    as_of: AsOf = None,
    top_n: TopN = None,
    train: Train = "auto",
    require_approval: RequireApproval = False,
    local: Annotated[bool, typer.Option("--local", help="The same steps in this process, without Airflow.")] = False,
    as_json: Json = False,
) -> None:
    """From the feed to a publication: trigger the DAG `recommendations` and follow it."""
    from recsys.io.runs import run_of

    settings = read_settings()
    date = as_of.date() if as_of else None
    wanted = run_of(
        new_run_id(),
        feed_to_take(feed, settings),
        date,
        top_n or settings.top_n,
        train,
        require_approval=require_approval or settings.require_approval,
    )
    failure: RecsysError | None = None
    with lines_aside(as_json):
        try:
            run_here(wanted, settings) if local else run_in_airflow(wanted, settings)
        except RecsysError as error:
            failure = error
        if not failure and not local and wanted.feed != feed_to_take(None, settings):
            say(_ABOUT_THE_NIGHT.format(nightly=settings.feed_location, feed=wanted.feed))
    if as_json:
        say_json(_outcome(wanted, settings, failure))
    if failure:
        raise failure


def _outcome(wanted: Run, settings: Settings, failure: RecsysError | None) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    # A database that was never there is what `failure` says already.
    with suppress(StackError):
        steps = _steps(settings, wanted.run_id)
    published = {row["step"]: row["details"] for row in steps if row["state"] == "succeeded"}
    return {
        "run_id": wanted.run_id,
        "state": "failed" if failure else "succeeded",
        "publication_id": published.get("publish_recommendations", {}).get("publication_id"),
        "error": failure.message if failure else None,
        "steps": steps,
    }


def _steps(settings: Settings, run_id: str) -> list[dict[str, Any]]:
    from recsys.io.postgres import open_database
    from recsys.io.runs import read_step_runs

    with open_database(settings).connect("engineer") as connection:
        return sorted(read_step_runs(connection, run_id), key=lambda row: row["step_run_id"])


@app.command(rich_help_panel=_PANEL)
def runs(
    run_id: Annotated[str | None, typer.Argument(help="Show the steps of this run.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many runs.")] = 20,
    as_json: Json = False,
) -> None:
    """The newest runs, or every step of one with its rows, seconds and peak memory."""
    from recsys.io.postgres import open_database
    from recsys.io.runs import read_run, read_runs

    settings = read_settings()
    with open_database(settings).connect("engineer") as connection:
        if run_id is not None:
            read_run(connection, run_id)
        rows = read_runs(connection, limit) if run_id is None else _steps(settings, run_id)
    if as_json:
        say_json(rows)
    elif run_id is not None:
        _show_steps(rows)
    else:
        columns = ("run_id", "as_of", "train", "last_step", "state", "feed")
        show_table(columns, [[row[column] for column in columns] for row in rows])


def _show_steps(rows: list[dict[str, Any]]) -> None:
    show_table(
        ("step", "state", "rows", "time", "peak memory", "error"),
        [
            (
                row["step"],
                row["state"],
                row["row_count"],
                in_seconds(row["seconds"]),
                in_megabytes(row["peak_memory_bytes"]),
                row["error"],
            )
            for row in rows
        ],
    )
    for row in rows:
        for key, what in _FURTHER.items():
            if found := (row["details"] or {}).get(key):
                say(f"{what} of {row['step']}: {found}")


def new_run_id() -> str:
    """A name that sorts by time and that no other run has."""
    return f"run-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def run_in_airflow(wanted: Run, settings: Settings) -> None:
    """Trigger the DAG and follow it to its end. Whoever stops following it ends the command, not the run."""
    from recsys.cli.follow import follow
    from recsys.io import stack
    from recsys.io.airflow_api import AirflowApi
    from recsys.io.postgres import open_database
    from recsys.io.services import UI_USER

    password = open_database(settings).secrets.service_key("airflow_ui_password")
    api = AirflowApi(stack.airflow_url(settings), UI_USER, password)
    api.wait_for_dag(DAG_ID)
    as_of = wanted.as_of.isoformat() if wanted.as_of else None
    conf = {"feed": wanted.feed, "as_of": as_of, "top_n": wanted.top_n, "train": wanted.train}
    api.trigger(DAG_ID, wanted.run_id, {**conf, "require_approval": wanted.require_approval})
    say(f"Run {wanted.run_id} of {wanted.feed}")
    url = f"{stack.airflow_url(settings)}/dags/{DAG_ID}/runs/{wanted.run_id}"
    say(url)
    try:
        follow(settings, api, DAG_ID, wanted.run_id)
    except KeyboardInterrupt:
        hint(f"The run goes on in Airflow: {url}; `recsys runs {wanted.run_id}` shows it.")
        raise typer.Exit(_INTERRUPTED) from None


def run_here(wanted: Run, settings: Settings) -> None:
    """Run every step in this process, as the DAG would: failed training leads to scoring and is told at the end."""
    from recsys.io.stack import start_database
    from recsys.steps.runner import start_run

    start_database(settings, hint)
    say(f"Run {wanted.run_id} of {wanted.feed}")
    start_run(wanted, settings)
    failure: RecsysError | None = None
    for step in STEPS:
        if step.name == "promote_model" and failure:
            continue
        try:
            run_and_report(step.name, wanted.run_id)
        except RecsysError as error:
            if step.name not in ("train_models", "promote_model"):
                if failure and isinstance(error, ModelError):
                    # There is no champion to score with: why training failed is what needs mending.
                    raise failure from error
                raise
            failure = error
            say(f"{step.name} failed: {error}\nScoring goes on where a champion stands from before.")
    if failure:
        raise failure
