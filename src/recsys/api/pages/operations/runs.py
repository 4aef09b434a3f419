"""How the last runs went, step by step."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.operations.console_links import ConsoleLinks, console_links
from recsys.api.pages.operations.figure import Link, Table
from recsys.api.pages.operations.pictures import figures_of
from recsys.api.pages.operations.run_figures import state_name
from recsys.api.pages.operations.voice import Voice, voice_of
from recsys.api.pages.rendering import page
from recsys.api.pages.visiting import OperationsVisitor
from recsys.io.reporting import Row, read_runs

router = APIRouter(include_in_schema=False)


@router.get("/operations/runs")
def runs(request: Request, visitor: OperationsVisitor, connection: Db, settings: SettingsOf) -> Response:
    """Runs, and the steps of the last one."""
    voice, links = voice_of(request), console_links(settings)
    return page(
        request,
        "operations/runs.html.j2",
        runs=_table(voice, links, read_runs(connection)),
        figures=figures_of(connection, voice, "step-timings"),
        links=links,
    )


def _table(voice: Voice, links: ConsoleLinks, rows: list[Row]) -> Table:
    _ = voice.gettext
    return Table(
        _("The last runs"),
        (_("Run"), "DAG", _("Began"), _("Data until"), _("State"), _("Duration"), _("Failed at")),
        [
            (
                Link(row["run_id"], links.run(row["dag"], row["run_id"])) if links.airflow else row["run_id"],
                row["dag"],
                voice.moment(row["started_at"]),
                voice.day(row["as_of"]),
                state_name(voice, row["state"]),
                voice.seconds(row["seconds"]),
                row["failed_step"] or "",
            )
            for row in rows
        ],
        frozenset({5}),
    )
