"""`recsys models`: which versions there are, who decided on them, and deciding."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.governance.decisions import ModelDecision

app = typer.Typer(no_args_is_help=True, help="Versions of the model: what waits, what serves, who decided and why.")
VersionNumber = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="As `recsys models list` shows it.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides.")]
Because = Annotated[
    str, typer.Option("--because", metavar="TEXT", help="Why, in a sentence. It stays for good: name no customer.")
]


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """Every registered version, the newest first; `>` marks the one that serves."""
    from recsys.governance.decisions import state_of
    from recsys.io.model_decisions import read_decisions
    from recsys.io.postgres import open_database
    from recsys.io.registry import open_registry

    settings = read_settings()
    database = open_database(settings)
    with database.connect("engineer") as connection:
        decisions = read_decisions(connection)
    rows = [
        _row(version.tags, int(version.version), version.run_id, state_of(int(version.version), decisions), decisions)
        for version in reversed(open_registry(settings, database).list_versions())
    ]
    if as_json:
        say_json(rows)
        return
    show_table(
        ["", "version", "kind", "data until", "NDCG@5 gain", "state", "since", "by"],
        [
            (
                ">" if row["state"] == "live" else "",
                row["version"],
                row["kind"],
                row["as_of"],
                "" if row["ndcg_gain"] is None else f"{row['ndcg_gain']:+.4f}",
                row["state"],
                _minute(row["decided_at"]),
                row["decided_by"],
            )
            for row in rows
        ],
    )


@app.command()
def history(
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="What was live at the end of this day (UTC).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Every decision, the newest first: what was decided, by whom, when, why, and what served from then on."""
    from recsys.governance.decisions import live_on
    from recsys.io.model_decisions import read_decisions
    from recsys.io.postgres import open_database

    with open_database(read_settings()).connect("engineer") as connection:
        decisions = read_decisions(connection)
    if on is not None:
        _say_live(on.date(), live_on(on.date(), decisions), as_json)
    elif as_json:
        say_json([one.to_json() for one in reversed(decisions)])
    else:
        show_table(
            ["when (UTC)", "decision", "version", "serves then", "by", "why", "data until", "run"],
            [_cells(one) for one in reversed(decisions)],
        )


@app.command()
def approve(version: VersionNumber, by: By, because: Because, as_json: Json = False) -> None:
    """Make the version that waits champion; the next scoring uses it."""
    from recsys.governance.decision_words import words_of
    from recsys.steps.model_decisions import approve_model

    _say_decided(approve_model(read_settings(), version, words_of(by, because)), as_json)


@app.command()
def reject(version: VersionNumber, by: By, because: Because, as_json: Json = False) -> None:
    """Decide that the version that waits never serves; the champion stays."""
    from recsys.governance.decision_words import words_of
    from recsys.steps.model_decisions import reject_model

    _say_decided(reject_model(read_settings(), version, words_of(by, because)), as_json)


@app.command()
def rollback(
    by: By,
    because: Because,
    version: Annotated[
        int | None, typer.Argument(metavar="[VERSION]", min=1, help="By default what served before.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a version champion again that served before. Readers see its recommendations with the next publication."""
    from recsys.governance.decision_words import words_of
    from recsys.steps.model_decisions import roll_back_model

    _say_decided(roll_back_model(read_settings(), version, words_of(by, because)), as_json)


@app.command()
def card(
    version: Annotated[int | None, typer.Argument(metavar="[VERSION]", min=1, help="By default what serves.")] = None,
    html: Annotated[bool, typer.Option("--html", help="The page instead of Markdown.")] = False,
    as_json: Json = False,
) -> None:
    """The model card of a version: purpose, data, features, results, limits, and who approved it."""
    from recsys.documents import as_markdown
    from recsys.errors import NotFoundError
    from recsys.governance.model_card import build_card
    from recsys.io.document_page import as_page
    from recsys.io.model_decisions import read_decisions
    from recsys.io.postgres import open_database
    from recsys.io.registry import ALIAS, open_registry
    from recsys.steps.model_card import read_renewed_facts

    settings = read_settings()
    database = open_database(settings)
    registry = open_registry(settings, database)
    found = registry.find_alias(ALIAS) if version is None else registry.find_version(str(version))
    if found is None:
        raise NotFoundError("There is no champion yet.", remedy="Say which version; `recsys models list` shows them.")
    with database.connect("engineer") as connection:
        facts = read_renewed_facts(registry, found, read_decisions(connection))
    if as_json:
        say_json(facts.to_json())
    else:
        say((as_page if html else as_markdown)(build_card(facts)).rstrip())


def _row(tags: Any, version: int, run_id: str, state: str, decisions: list[ModelDecision]) -> dict[str, Any]:
    import json

    last = next((one for one in reversed(decisions) if one.model_version == version), None)
    return {
        "version": version,
        "kind": json.loads(tags.get("recipe", "{}")).get("kind"),
        "as_of": tags.get("as_of"),
        "ndcg_gain": float(tags["ndcg_gain"]) if "ndcg_gain" in tags else None,
        "state": state,
        "decided_at": last and last.decided_at,
        "decided_by": last and last.decided_by,
        "why": last.why if last else tags.get("reason"),
        "mlflow_run_id": run_id,
    }


def _cells(one: ModelDecision) -> list[object]:
    from recsys.governance.decisions import in_words, version_in_words

    return [
        f"{one.decided_at.astimezone(UTC):%Y-%m-%d %H:%M}",
        in_words(one.kind, one.model_version),
        version_in_words(one.model_version, one.recipe_kind),
        version_in_words(one.live_version, one.live_kind),
        one.decided_by,
        one.why,
        one.data_date,
        one.run_id,
    ]


def _say_live(day: date, standing: ModelDecision | None, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "on": day,
                "live_version": standing and standing.live_version,
                "live_kind": standing and standing.live_kind,
                "decision": standing and standing.to_json(),
            }
        )
    elif standing is None:
        say(f"No model served at the end of {day}, as far as decisions tell.")
    else:
        say(
            f"On {day} version {standing.live_version} ({standing.live_kind}) was live, since "
            f"{_minute(standing.decided_at)}: {standing.kind} by {standing.decided_by}. {standing.why}"
        )


def _say_decided(decided: ModelDecision, as_json: bool) -> None:
    if as_json:
        say_json(decided.to_json())
        return
    then = {
        "approved": "is approved and serves from the next scoring on",
        "rejected": f"is rejected; version {decided.live_version} goes on serving",
        "rolled_back": "serves again, from the next scoring on",
    }
    say(f"Version {decided.model_version} ({decided.recipe_kind}) {then[decided.kind]}.")


def _minute(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
