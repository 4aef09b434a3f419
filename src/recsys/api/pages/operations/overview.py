"""Where operations begin: what is published now, how far it reaches, and what to look at."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.operations.console_links import console_links
from recsys.api.pages.operations.figure import Table
from recsys.api.pages.operations.pictures import figures_of
from recsys.api.pages.operations.run_figures import state_name
from recsys.api.pages.operations.voice import Voice, voice_of
from recsys.api.pages.operations.warnings import reach_sentence, run_warning, validity_warning
from recsys.api.pages.rendering import page
from recsys.api.pages.visiting import OperationsVisitor
from recsys.io.postgres import Connection
from recsys.io.reporting import (
    Row,
    read_champion,
    read_coverages,
    read_current_coverage,
    read_far_rules,
    read_last_run,
    read_loads,
    read_product_mix,
)
from recsys.settings import Settings

router = APIRouter(include_in_schema=False)


@router.get("/operations")
def overview(request: Request, visitor: OperationsVisitor, connection: Db, settings: SettingsOf) -> Response:
    """The publication that is read."""
    voice = voice_of(request)
    last_run, publication = read_last_run(connection), read_current_coverage(connection)
    return page(
        request,
        "operations/overview.html.j2",
        publication=publication,
        champion=read_champion(connection),
        last_run=last_run,
        last_run_state=state_name(voice, last_run["state"]) if last_run else "",
        last_run_time=voice.seconds(last_run["seconds"]) if last_run else "",
        n_quarantined=sum(row["n_quarantined"] for row in read_loads(connection)),
        warnings=_warnings(connection, voice, settings, publication, last_run),
        publications=_publications(voice, read_coverages(connection)),
        parts=(
            (
                voice.gettext("What is recommended, and what rules take out"),
                figures_of(connection, voice, "product-mix", "rules", "eliminations", "scores"),
            ),
            (voice.gettext("Segments"), figures_of(connection, voice, "segment-coverage", "segment-products")),
        ),
        links=console_links(settings),
    )


def _warnings(
    connection: Connection, voice: Voice, settings: Settings, publication: Row | None, last_run: Row | None
) -> list[str]:
    found = [run_warning(voice, last_run)]
    if publication:
        found.append(validity_warning(voice, publication, datetime.now(UTC)))
        names = {row["product_id"]: row["product_name"] for row in read_product_mix(connection)}
        far = read_far_rules(connection, settings.max_rule_share)
        found += [reach_sentence(voice, warning, names) for warning in far]
    return [warning for warning in found if warning]


def _publications(voice: Voice, rows: list[Row]) -> Table:
    _ = voice.gettext
    return Table(
        _("The last publications"),
        (
            _("Publication"),
            _("Published"),
            _("Persons"),
            _("With a list"),
            _("Mean length"),
            _("Mix shift"),
            _("Other first product"),
        ),
        [
            (
                f"{row['publication_id']} ✓" if row["is_current"] else str(row["publication_id"]),
                voice.moment(row["published_at"]),
                voice.number(row["n_persons"]),
                "" if row["with_list_share"] is None else voice.share(row["with_list_share"]),
                "" if row["mean_length"] is None else voice.number(row["mean_length"], 1),
                "" if row["mix_shift"] is None else voice.share(row["mix_shift"]),
                "" if row["churn"] is None else voice.share(row["churn"]),
            )
            for row in rows
        ],
        frozenset({2, 3, 4, 5, 6}),
    )
