"""What the last load was like: rows that broke the contract, and the checks."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from recsys.api.dependencies import Db
from recsys.api.pages.operations.figure import Table
from recsys.api.pages.operations.pictures import figures_of
from recsys.api.pages.operations.run_figures import state_name
from recsys.api.pages.operations.voice import Voice, voice_of
from recsys.api.pages.rendering import page
from recsys.api.pages.visiting import OperationsVisitor
from recsys.io.reporting import Row, read_checks, read_quarantined

router = APIRouter(include_in_schema=False)


@router.get("/operations/quality")
def quality(request: Request, visitor: OperationsVisitor, connection: Db) -> Response:
    """Data quality."""
    voice = voice_of(request)
    return page(
        request,
        "operations/quality.html.j2",
        figures=figures_of(connection, voice, "quarantined"),
        broken=_broken(voice, read_quarantined(connection)),
        checks=_checks(voice, read_checks(connection)),
    )


def _broken(voice: Voice, rows: list[Row]) -> Table:
    _ = voice.gettext
    return Table(
        _("Why rows of the last load were put aside"),
        (_("Table"), _("Column"), _("Rule"), _("Rows")),
        [(row["table_name"], row["column_name"], row["rule"], voice.number(row["n_rows"])) for row in rows],
        frozenset({3}),
    )


def _checks(voice: Voice, rows: list[Row]) -> Table:
    _ = voice.gettext
    return Table(
        _("The last checks"),
        (_("Check"), _("State"), _("Ended"), _("Expectations"), _("Rows")),
        [
            (
                row["step"],
                state_name(voice, row["state"]),
                voice.moment(row["finished_at"]),
                "" if row["n_expectations"] is None else voice.number(row["n_expectations"]),
                "" if row["n_rows"] is None else voice.number(row["n_rows"]),
            )
            for row in rows
        ],
        frozenset({3, 4}),
    )
