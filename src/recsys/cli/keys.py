"""`recsys keys`: versions of the keys that pseudonyms are made and values are sealed with."""

from __future__ import annotations

from typing import Annotated

import typer

from recsys.cli.console import Json, StepProgress, lines_aside, read_settings, say, say_json, show_table

app = typer.Typer(
    no_args_is_help=True,
    help="Keys: their versions, rotating them, and forgetting old ones.",
    rich_help_panel="Privacy",
    epilog="The keys are in secrets.json of the home or in the environment, never in the database, which only says "
    "which version is in force. Every rotation is written down in ops.audit_log.",
)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Every key with its versions, since when, and what each is needed for; never a value."""
    from recsys.io.key_versions import list_versions
    from recsys.io.postgres import open_database

    versions = list_versions(open_database(read_settings()))
    if as_json:
        names = ("key_name", "version", "is_in_force", "since", "use")
        say_json([{name: getattr(version, name) for name in names} for version in versions])
        return
    show_table(
        ("key", "version", "since", "use"),
        (
            (version.key_name, version.version, f"{version.since:%Y-%m-%d %H:%M}" if version.since else "", version.use)
            for version in versions
        ),
    )


@app.command()
def rotate(
    key: Annotated[str, typer.Argument(metavar="KEY", help="pseudonym, contact, quarantine or all.")] = "all",
    as_json: Json = False,
) -> None:
    """Make new versions of keys and bring everything stored to them, in one transaction; readers go on meanwhile.

    Killed at any point nothing is lost: run it again. While it runs no step of a run can start, and the tables that it
    renews need room twice.
    """
    from recsys.io.key_rotation import rotate_keys
    from recsys.io.key_versions import rotating_keys
    from recsys.io.postgres import open_database

    settings = read_settings()
    names = rotating_keys(key)
    with lines_aside(as_json):
        rotations = rotate_keys(open_database(settings), settings.home, names, StepProgress())
    if as_json:
        say_json([{"key_name": one.key_name, "version": one.version, "changed": one.changed} for one in rotations])
        return
    show_table(
        ("key", "version", "column", "rows"),
        ((one.key_name, one.version, column, n) for one in rotations for column, n in one.changed.items()),
    )
    for one in rotations:
        say(f"{one.key_name}: version {one.version} is in force. Back up secrets.json, apart from the database.")


@app.command()
def retire(
    key: Annotated[str, typer.Argument(metavar="KEY", help="contact or quarantine.")],
    as_json: Json = False,
) -> None:
    """Forget old versions of a key, after every sealed value was opened with the one in force.

    Backups of before the rotation cannot be read from then on.
    """
    from recsys.io.key_retirement import retire_key
    from recsys.io.key_versions import rotating_keys
    from recsys.io.postgres import open_database

    settings = read_settings()
    database = open_database(settings)
    with lines_aside(as_json):
        retired = {name: retire_key(database, settings.home, name, StepProgress()) for name in rotating_keys(key)}
    if as_json:
        say_json(retired)
        return
    for name, versions in retired.items():
        listed = ", ".join(map(str, versions))
        say(f"{name}: version {listed} is forgotten." if versions else f"{name}: there is no old version.")
