"""`recsys rules`: the permission rules, what they did, and what a changed limit would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, StepProgress, lines_aside, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.io.rule_figures import PublicationRules
    from recsys.ranking.rule_reach import ReachWarning
    from recsys.steps.limit_trial import Tried

app = typer.Typer()


@app.callback(invoke_without_command=True)
def rules(ctx: typer.Context, as_json: Json = False) -> None:
    """Rules of permission: each with its version and source, and what it took out of the current publication."""
    if ctx.invoked_subcommand is None:
        _tell(as_json)


def _tell(as_json: bool) -> None:
    from recsys.io.postgres import open_database
    from recsys.io.rule_figures import read_publication_rules

    settings = read_settings()
    with open_database(settings).connect("engineer") as connection:
        found = read_publication_rules(connection, settings.max_rule_share)
    if as_json:
        say_json(asdict(found))
    else:
        _show(found)


@app.command("try")
def try_limits(
    file: Annotated[Path, typer.Argument(help="CSV or TOML with product_id and changed limits (docs/permission.md).")],
    as_json: Json = False,
) -> None:
    """What changed limits would do to what is offered, with the champion and the marts that stand. Writes nothing."""
    from recsys.steps.limit_trial import try_limits

    with lines_aside(as_json):
        tried = try_limits(read_settings(), file, StepProgress())
    if as_json:
        say_json(_as_json(tried))
    else:
        _show_trial(tried)


@app.command()
def page() -> None:
    """The rules as a table of Markdown: what `docs/permission.md` shows."""
    from recsys.ranking.rule_page import rules_table

    say(rules_table().rstrip())


def _show(found: PublicationRules) -> None:
    _warn(found.warnings)
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


def _show_trial(tried: Tried) -> None:
    _warn(tried.warnings)
    trial = tried.trial
    changed = [one for one in trial.products if one.is_changed]
    if changed:
        show_table(
            ["product", "refused then", "by", "permitted then", "refused now by", "rows now", "rows then", "rows gone"],
            [
                (
                    one.product_id,
                    one.n_refused,
                    _by_rule(one.refused_by),
                    one.n_permitted,
                    _by_rule(one.permitted_by),
                    one.rows_before,
                    one.rows_after,
                    one.n_published_gone,
                )
                for one in changed
            ],
        )
        say()
    say(
        f"Of {trial.n_persons:,} customers {trial.n_lists_changed:,} would get another list; "
        f"{trial.n_lists_emptied:,} would get nothing any more, {trial.n_lists_filled:,} something for the first time."
    )
    if tried.publication_id is not None:
        n_gone = sum(one.n_published_gone for one in trial.products)
        n_published = sum(one.n_published for one in trial.products)
        say(f"Of the {n_published:,} rows of publication {tried.publication_id} {n_gone:,} would go.")
    say(f"The next run would have the rules version {tried.rules_version}. Nothing was changed.")


def _warn(warnings: Sequence[ReachWarning]) -> None:
    for warning in warnings:
        say(f"Warning: {warning.message}")
    if warnings:
        say()


def _by_rule(counts: Counter[str]) -> str:
    return ", ".join(f"{rule} {n_persons:,}" for rule, n_persons in counts.most_common())


def _as_json(tried: Tried) -> dict[str, Any]:
    trial = tried.trial
    return {
        "publication_id": tried.publication_id,
        "warnings": [asdict(one) for one in tried.warnings],
        "rules_version": tried.rules_version,
        "n_persons": trial.n_persons,
        "n_lists_changed": trial.n_lists_changed,
        "n_lists_emptied": trial.n_lists_emptied,
        "n_lists_filled": trial.n_lists_filled,
        "products": [one.to_json() for one in trial.products],
    }
