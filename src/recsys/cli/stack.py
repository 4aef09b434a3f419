"""`recsys up`, `down`, `status` and `serve`."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from recsys.cli.console import Json, hint, read_settings, say, say_json, show_table
from recsys.cli.privacy_rights import reapply_restored

app = typer.Typer()
_PANEL = "The stack"


@app.command(rich_help_panel=_PANEL)
def up(
    database_only: Annotated[bool, typer.Option("--database-only", help="PostgreSQL, for `run --local`.")] = False,
) -> None:
    """Start PostgreSQL, Airflow, MLflow, the REST API and the pages in the background; what runs already stays."""
    from recsys.io import stack

    settings = read_settings()
    stack.up(settings, hint, database_only=database_only)
    reapply_restored(settings)
    show_sign_ins(database_only=database_only)


@app.command(rich_help_panel=_PANEL)
def down() -> None:
    """Stop everything that `up` started; no process is left behind."""
    from recsys.io import stack

    settings = read_settings()
    n_killed = stack.down(settings)
    say(f"Stopped everything of {settings.home}." + (f" {n_killed} processes had to be killed." if n_killed else ""))


@app.command(rich_help_panel=_PANEL)
def status(as_json: Json = False) -> None:
    """What runs, where it listens and where it logs. Exit code 1 where something is down."""
    from recsys.io import stack

    states = stack.status(read_settings())
    if as_json:
        say_json([asdict(state) for state in states])
    else:
        rows = [(s.name, "running" if s.is_running else "stopped", str(s.pid or ""), s.url, s.log) for s in states]
        show_table(("service", "state", "pid", "address", "log"), rows)
    if not all(state.is_running for state in states):
        raise typer.Exit(1)


@app.command(rich_help_panel=_PANEL)
def serve(name: Annotated[str, typer.Argument(metavar="SERVICE", help="mlflow, airflow-scheduler, ...")]) -> None:
    """Become one service of the stack in the foreground, as a container does."""
    _become(name)


@app.command(rich_help_panel=_PANEL)
def api() -> None:
    """Run the REST API here, on RECSYS_API_PORT, until it is interrupted; `up` runs it in the background."""
    _become("api")


def _become(name: str) -> None:
    from recsys.io import processes, services

    settings = read_settings()
    ports = {"airflow": settings.airflow_port, "mlflow": settings.mlflow_port, "api": settings.api_port}
    service = services.service(settings, name, ports)
    environment = processes.service_environment(service, settings.home)
    os.execve(service.command[0], list(service.command), environment)  # noqa: S606 - no shell is wanted


@app.command(rich_help_panel=_PANEL)
def healthy(name: Annotated[str, typer.Argument(metavar="SERVICE", help="mlflow, airflow-scheduler, ...")]) -> None:
    """Exit code 0 where a service does its work, otherwise 1: the health check of a container."""
    from recsys.io import stack

    if not stack.is_healthy(read_settings(), name):
        say(f"{name} is not healthy")
        raise typer.Exit(1)
    say(f"{name} is healthy")


def show_sign_ins(*, database_only: bool = False) -> None:
    """Addresses, users and passwords of every door."""
    from recsys.io import stack

    doors = list(stack.sign_ins(read_settings(), database_only=database_only))
    say()
    show_table(("", "address", "user", "password"), doors)
    hint("\nOther roles of the database: `recsys db url --role ROLE`")
