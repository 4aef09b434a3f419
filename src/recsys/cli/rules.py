"""`recsys rules`: the permission rules, what they did, and what a changed limit would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.io.rule_figures import PublicationRules

app = typer.Typer()


@app.callback(invoke_without_command=True)
def rules(ctx: typer.Context, as_json: Json = False) -> None:
    """Rules of permission: each with its version and source, and what it took out of the current publication."""
    if ctx.invoked_subcommand is None:
        _tell(as_json)


def _tell(as_json: bool) -> None:
    from dataclasses import asdict

    from recsys.io.postgres import open_database
    from recsys.io.rule_figures import read_publication_rules

    settings = read_settings()
    with open_database(settings).connect("engineer") as connection:
        found = read_publication_rules(connection, settings.max_rule_share)
    if as_json:
        say_json(asdict(found))
    else:
        _show(found)


@app.command()
def page() -> None:
    """The rules as a table of Markdown: what `docs/permission.md` shows."""
    from recsys.ranking.rule_page import rules_table

    say(rules_table().rstrip())


def _show(found: PublicationRules) -> None:
    for warning in found.warnings:
        say(f"Warning: {warning.message}")
    if found.warnings:
        say()
    show_table(
        ["rule", "version", "persons", "share", "products taken out", "of these unknown", "why not", "source"],
        [
            (
                one.rule,
                one.version,
                one.n_persons,
                f"{one.share:.1%}",
                one.n_pairs,
                one.n_unknown,
                one.sentence,
                one.source,
            )
            for one in found.rules
        ],
    )
    say(f"\nPublication {found.publication_id}: {found.n_persons:,} persons, rules version {found.rules_version}.")
