"""`recsys feed check` and `recsys feed page`: a feed against the contract, and the contract for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, read_settings, say, say_json

if TYPE_CHECKING:
    from recsys.feed.manifest import Manifest
    from recsys.io.feed_checks import FeedReport
    from recsys.io.feed_files import Feed

_SHOWN_PROBLEMS = 20


def check(
    feed: Annotated[str, typer.Argument(help="Folder or fsspec URL of the feed.")],
    as_json: Json = False,
) -> None:
    """Check a feed against the contract, without a database. Exit code 1 where a run would refuse it."""
    from recsys.io.feed_checks import check_feed
    from recsys.io.feed_files import open_feed

    opened = open_feed(feed)
    report = check_feed(opened, datetime.now(UTC).date(), read_settings().max_bad_row_share)
    if as_json:
        say_json({**_as_json(feed, report), **_own_columns(opened.manifest), "warnings": _warnings(opened, report)})
    else:
        for warning in _warnings(opened, report):
            typer.secho(warning, fg=typer.colors.YELLOW)
        _show(report)
        _show_own_columns(opened.manifest)
        _show_verdict(report)
    if report.errors:
        raise typer.Exit(1)


def _warnings(opened: Feed, report: FeedReport) -> list[str]:
    from recsys.feed.doubts import NOBODY_CONSENTS, profiles_nobody

    delivered = [table.file.table.name for table in report.tables if table.n_kept]
    return [NOBODY_CONSENTS] if profiles_nobody(opened.manifest.legal_basis, delivered) else []


def page() -> None:
    """The feed contract as a page in Markdown: `recsys feed page > docs/feed.md`."""
    from recsys.feed.page import feed_page

    typer.echo(feed_page(), nl=False)


def _as_json(location: str, report: FeedReport) -> dict[str, Any]:
    return {
        "feed": location,
        "is_accepted": not report.errors,
        "errors": [{"message": error.message, "remedy": error.remedy} for error in report.errors],
        "tables": {table.file.table.name: {"file": table.file.name, **table.counts} for table in report.tables},
        "problems": [
            {
                "file": table.file.name,
                "line": problem.line,
                "column": problem.column,
                "rule": problem.rule,
                "reason": problem.reason,
            }
            for table in report.tables
            for problem in table.problems
        ],
    }


def _own_columns(manifest: Manifest) -> dict[str, Any]:
    from recsys.features.declared import declared_features, unread_columns

    features = [feature.name for feature in declared_features(manifest)]
    return {"declared_features": features, "unread_features": unread_columns(manifest)}


def _show_own_columns(manifest: Manifest) -> None:
    own = _own_columns(manifest)
    if features := own["declared_features"]:
        say(f"  Columns beyond the contract that become features: {len(features)} ({', '.join(features)}).")
    for name, why in own["unread_features"].items():
        say(f"  {name} is declared as a feature and becomes none: {why}.")


def _show(report: FeedReport) -> None:
    from rich.console import Console
    from rich.table import Table

    counts = Table("file", "rows", "good", "bad", "rules broken")
    for table in report.tables:
        rules = ", ".join(f"{rule} {n:,}" for rule, n in table.by_rule.most_common())
        counts.add_row(table.file.name, f"{table.n_read:,}", f"{table.n_kept:,}", f"{table.n_rejected:,}", rules)
    Console().print(counts)
    for table in report.tables:
        if table.standardised:
            columns = ", ".join(f"{name} {n:,}" for name, n in table.standardised.most_common())
            say(f"  {table.file.name}, values brought to their standard: {columns}.")
    for error in report.errors:
        typer.secho(error.message, fg=typer.colors.RED)
        say(error.remedy)
    _show_problems(report)


def _show_verdict(report: FeedReport) -> None:
    if report.errors:
        say("The feed is refused.")
    elif any(table.n_rejected for table in report.tables):
        say("The feed is accepted; rows that are bad would go to quarantine.")
    else:
        say("The feed is accepted.")


def _show_problems(report: FeedReport) -> None:
    """The first problems, then how many more each table has."""
    from recsys.io.feed_checks import describe

    n_left = _SHOWN_PROBLEMS
    more: list[str] = []
    for table in report.tables:
        shown = table.problems[:n_left]
        n_left -= len(shown)
        for problem in shown:
            say(f"  {describe(table.file, problem)}")
        if n_more := table.n_rejected - len(shown):
            more.append(f"{table.file.name} {n_more:,}")
    if more:
        say(f"  Bad rows that are not listed: {', '.join(more)}.")
