"""The command line `recsys`: one sub-command for everything that can be done to an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from recsys.cli import (
    clusters,
    db,
    decisions,
    demo,
    duplicates,
    feed,
    keys,
    models,
    models_compare,
    privacy,
    publications,
    quality,
    quarantine,
    replay,
    rules,
    run,
    sources,
    stack,
    steps,
    why,
)
from recsys.cli.console import show_error, use_home
from recsys.errors import RecsysError


class Shell(TyperGroup):
    """Shows our own errors as a message with its remedy. Anything else is a bug and keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the sub-command that was asked for."""
        try:
            return super().invoke(ctx)
        except RecsysError as error:
            show_error(error)
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=Shell,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From a bank's feed to permitted, explained product recommendations.",
    epilog="Begin with `recsys demo`. One installation serves one bank: `--home DIR` chooses another.",
)


@app.callback()
def choose_home(
    home: Annotated[
        Path | None,
        typer.Option("--home", help="Database, keys, files and logs of the installation [RECSYS_HOME, .recsys]."),
    ] = None,
) -> None:
    """From a bank's feed to permitted, explained product recommendations."""
    use_home(home)


app.add_typer(stack.app)
app.add_typer(demo.app)
app.add_typer(run.app)
app.add_typer(publications.app)
app.add_typer(why.app)
app.add_typer(rules.app, name="rules")
app.add_typer(decisions.app)
app.add_typer(replay.app)
app.add_typer(quality.app)
app.add_typer(feed.app, name="feed")
app.add_typer(sources.app, name="sources")
models.app.add_typer(models_compare.app)
app.add_typer(models.app, name="models")
app.add_typer(duplicates.app, name="duplicates")
app.add_typer(clusters.app, name="clusters")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(privacy.app, name="privacy")
app.add_typer(keys.app, name="keys")
app.add_typer(db.app, name="db")
app.add_typer(steps.app)
