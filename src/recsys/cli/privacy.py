"""`recsys privacy ...`: rights of customers, and what the installation does with personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from recsys.cli import privacy_consent, privacy_rectify, privacy_rights
from recsys.cli.anonymity import anonymity
from recsys.cli.console import Json, say_json, show_table
from recsys.cli.privacy_documents import impact, record
from recsys.cli.retention import retention
from recsys.cli.scan import scan

if TYPE_CHECKING:
    from recsys.privacy.places import Place

app = typer.Typer(
    no_args_is_help=True, help="Rights of customers, and where personal data lies.", rich_help_panel="Privacy"
)
_PANEL = "What is held"
privacy_rights.register(app)
privacy_consent.register(app)
privacy_rectify.register(app)


@app.command(rich_help_panel=_PANEL)
def places(as_json: Json = False) -> None:
    """Every table that holds something about persons: what, why, for how long, and what an erasure does to it."""
    from recsys.privacy.places import PLACES

    personal = [place for place in PLACES if place.is_personal]
    if as_json:
        names = ("name", "holds", "purpose", "found_by", "keep_days", "on_erasure", "restrict_days", "duty")
        say_json([{name: getattr(place, name) for name in names} for place in personal])
        return
    show_table(
        ("table", "holds", "found by", "kept, days", "erasure"),
        ((place.name, place.holds, place.found_by, _kept(place), place.on_erasure) for place in personal),
    )


def _kept(place: Place) -> int | str | None:
    """Days; of what goes on a day that stands in the row, that it does."""
    return "to its day" if place.dated_by == "restricted_until" else place.keep_days


app.command(rich_help_panel=_PANEL)(retention)
app.command(rich_help_panel=_PANEL)(scan)
for _document in (record, impact):
    app.command(rich_help_panel=_PANEL)(_document)
app.command(rich_help_panel=_PANEL)(anonymity)
