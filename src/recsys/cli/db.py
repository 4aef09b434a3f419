"""`recsys db`: a way into the database, and its migrations."""

from __future__ import annotations

from typing import Annotated

import typer

from recsys.cli.console import read_settings, say

app = typer.Typer(help="The database: how to get in, and its migrations.", no_args_is_help=True)


@app.command()
def url(role: Annotated[str, typer.Option(help="The role to log in as.")] = "downstream") -> None:
    """The URL of the database, password included, for psql and every other client."""
    from recsys.errors import SettingsError
    from recsys.io.postgres import open_database
    from recsys.io.secrets import ROLES

    if role not in ROLES:
        raise SettingsError(f"There is no role {role}.", remedy=f"The roles are {', '.join(ROLES)}.")
    say(open_database(read_settings()).url(role))


@app.command()
def migrate() -> None:
    """Make roles, zones and Airflow's own tables, or bring them up to date; run again it changes nothing."""
    from recsys.io import stack

    stack.prepare(read_settings(), say)
    say("The database is up to date.")
