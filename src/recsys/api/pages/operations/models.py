"""Which models served, who decided, and how good the candidates were."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.operations.console_links import ConsoleLinks, console_links
from recsys.api.pages.operations.figure import Link, Table
from recsys.api.pages.operations.model_figures import decision_name, model_name
from recsys.api.pages.operations.pictures import figures_of
from recsys.api.pages.operations.voice import Voice, voice_of
from recsys.api.pages.rendering import page
from recsys.api.pages.visiting import OperationsVisitor
from recsys.io.reporting import Row, read_champion, read_model_history

router = APIRouter(include_in_schema=False)


@router.get("/operations/models")
def models(request: Request, visitor: OperationsVisitor, connection: Db, settings: SettingsOf) -> Response:
    """The history of champions."""
    voice, links = voice_of(request), console_links(settings)
    return page(
        request,
        "operations/models.html.j2",
        champion=read_champion(connection),
        history=_history(voice, links, read_model_history(connection)),
        figures=figures_of(connection, voice, "model-history", "candidates"),
        links=links,
    )


def _history(voice: Voice, links: ConsoleLinks, rows: list[Row]) -> Table:
    _ = voice.gettext
    return Table(
        _("Decisions on models, the newest first"),
        (_("Decided"), _("Model"), _("Decision"), _("Decided by"), _("Serves then"), _("Training"), _("Why")),
        [
            (
                voice.moment(row["decided_at"]),
                _linked(model_name(voice, row), links.version(row["model_version"]) if row["model_version"] else ""),
                decision_name(voice, row["decision"]),
                _("the gate") if row["is_by_gate"] else _("a person"),
                "" if row["live_version"] is None else f"{row['live_version']}, {row['live_kind']}",
                _linked(row["training_run_id"][:8], links.training(row["training_run_id"])),
                row["why"] or "",
            )
            for row in rows
        ],
    )


def _linked(text: str, address: str) -> str | Link:
    return Link(text, address) if address else text
