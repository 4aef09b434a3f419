"""`recsys sources`: the systems that data comes from, whether they answer, and how far they were read."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, hint, read_settings, say, say_json, show_table
from recsys.errors import NotFoundError, RecsysError

if TYPE_CHECKING:
    from recsys.feed.sources import Source, Sources
    from recsys.settings import Settings

app = typer.Typer(help="The systems that data comes from: check, list and replay them.", no_args_is_help=True)


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(help="One source; by default all.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that a table may take to answer.")] = 10.0,
    as_json: Json = False,
) -> None:
    """Connect, sample up to 1000 rows and say in a line per table what fits. Exit code 1 where anything does not."""
    from recsys.feed.doubts import NOBODY_CONSENTS, profiles_nobody
    from recsys.io.source_checks import check_sources
    from recsys.io.sources.credentials import from_environment
    from recsys.io.sources_file import read_sources

    settings = read_settings()
    sources = read_sources(settings.sources_file)
    _chosen(sources, name)
    found = []
    for one in check_sources(sources, name, from_environment(), timeout, settings.max_bad_row_share):
        found.append(one)
        if not as_json:
            say(one.line)
    tables = [table.name for source in sources.sources for table in source.tables]
    if profiles_nobody(sources.manifest.legal_basis, tables):
        typer.secho(NOBODY_CONSENTS, fg=typer.colors.YELLOW, err=as_json)
    if as_json:
        say_json(
            [
                {"name": one.name, "fits": one.fits, "found": one.found, "remedy": one.remedy, "rows": one.n_rows}
                for one in found
            ]
        )
    if not all(one.fits for one in found):
        raise typer.Exit(1)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """What is described, and up to where the last loads have read it."""
    from recsys.io.sources_file import read_sources

    settings = read_settings()
    loaded = _watermarks(settings)
    rows: list[dict[str, Any]] = []
    for source in read_sources(settings.sources_file).sources:
        for table in source.tables:
            watermark, loaded_at = loaded.get((source.name, table.name), (None, None))
            rows.append(
                {
                    "source": source.name,
                    "table": table.name,
                    "kind": source.kind,
                    "origin": table.origin,
                    "cursor": table.cursor,
                    "schedule": source.schedule,
                    "watermark": watermark,
                    "loaded_at": None if loaded_at is None else f"{loaded_at:%Y-%m-%d %H:%M} UTC",
                }
            )
    if as_json:
        say_json(rows)
    else:
        show_table(list(rows[0]), [list(row.values()) for row in rows])


@app.command()
def replay(
    name: Annotated[str | None, typer.Argument(help="One source; by default all.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day to read again; by default the beginning."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let the next run read again what sources have delivered; whatever is known already changes nothing."""
    from getpass import getuser

    from recsys.io.loads import request_replay
    from recsys.io.postgres import open_database
    from recsys.io.sources_file import read_sources

    settings = read_settings()
    chosen = _chosen(read_sources(settings.sources_file), name)
    tables = [(source.name, table.name) for source in chosen for table in source.tables]
    with open_database(settings).connect("ingest") as connection:
        for source_name, table_name in tables:
            request_replay(connection, source_name, table_name, since.date() if since else None, getuser())
    if as_json:
        say_json([{"source": source_name, "table": table_name} for source_name, table_name in tables])
        return
    start = f"{since.date()}" if since else "the beginning"
    for source_name, table_name in tables:
        say(f"{source_name}.{table_name} will be read again from {start}.")
    hint("The next run does it: `recsys run`")


@app.command()
def example() -> None:
    """A whole sources.toml, with comments: `recsys sources example > .recsys/sources.toml`."""
    from recsys.feed.sources_example import EXAMPLE

    typer.echo(EXAMPLE, nl=False)


def _chosen(sources: Sources, name: str | None) -> tuple[Source, ...]:
    """All sources, or the one called `name`. Raises `NotFoundError` where there is none."""
    known = [source.name for source in sources.sources]
    if name is not None and name not in known:
        raise NotFoundError(f"There is no source {name}.", remedy=f"The sources are {', '.join(known)}.")
    return tuple(source for source in sources.sources if name in (None, source.name))


def _watermarks(settings: Settings) -> dict[tuple[str, str], tuple[str | None, Any]]:
    """Nothing where no database runs yet: what is described can be listed without one."""
    from recsys.io.loads import read_watermarks
    from recsys.io.postgres import open_database

    with suppress(RecsysError), open_database(settings).connect("engineer") as connection:
        return read_watermarks(connection)
    return {}
