"""`recsys privacy rectify|rectifications`: wrong data put right, at once and at every load that still brings it."""

from __future__ import annotations

from typing import Annotated

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table
from recsys.cli.privacy_rights import PANEL, Channel, CustomerId


def register(app: typer.Typer) -> None:
    """Add the commands to `recsys privacy`."""
    for command in (rectify, rectifications):
        app.command(rich_help_panel=PANEL)(command)


def rectify(
    customer_id: CustomerId,
    set_: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="customers.COLUMN=VALUE",
            help="What is right; may be repeated. Without =VALUE it is asked for, and no shell remembers it.",
        ),
    ],
    why: Annotated[str, typer.Option(help="How the bank knows; kept sealed beside the value.")],
    channel: Channel = "command line",
    as_json: Json = False,
) -> None:
    """Correct a customer's data (GDPR art. 16), at once and for as long as the source delivers the old value.

    What was recommended on the wrong data is hidden until the next scoring.
    """
    from recsys.io.postgres import open_database
    from recsys.steps.ingestion.intake import today
    from recsys.steps.person_decisions import decide_rectification

    settings = [_with_value(setting) for setting in set_]
    done = decide_rectification(
        open_database(read_settings()), customer_id, settings, why=why, today=today(), channel=channel
    )
    if as_json:
        say_json(done)
        return
    say(f"{', '.join(done['columns'])}: corrected in {done['rows']} rows. Request {done['request_id']}.")
    say("Correct it in the source too: until the source delivers something else, every load is corrected.")


def rectifications(
    customer_id: CustomerId,
    values: Annotated[bool, typer.Option("--values", help="Show the corrected values and the reasons.")] = False,
    as_json: Json = False,
) -> None:
    """What was corrected of a customer, and whether it is still needed."""
    from recsys.io.postgres import open_database
    from recsys.steps.person_decisions import rectifications_of

    found = rectifications_of(open_database(read_settings()), customer_id)
    shown = ("column_name", "state", "recorded_at", "ended_at", "request_id", *(("value", "why") if values else ()))
    rows = [{name: row[name] for name in shown} for row in found]
    if as_json:
        say_json(rows)
        return
    show_table(shown, [list(row.values()) for row in rows])


def _with_value(setting: str) -> str:
    return setting if "=" in setting else f"{setting}={typer.prompt(setting, err=True)}"
