"""`recsys replay`: what would have been published on days of the past, and how it would have done."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, StepProgress, hint, lines_aside, read_settings, say, say_json, show_table
from recsys.cli.steps import TopN

if TYPE_CHECKING:
    from recsys.evaluation.replayed import Replayed

app = typer.Typer()


@app.command(rich_help_panel="Runs and what they publish")
def replay(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first date.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="No date is later than this one.")],
    every: Annotated[int, typer.Option(min=1, max=366, help="Days from one date to the next.")] = 30,
    train: Annotated[
        bool,
        typer.Option("--train", help="Train and promote at every date, instead of fitting the champion's recipe."),
    ] = False,
    top_n: TopN = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the replay's database until the next replay, retention or erasure.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Publish history as of each date, aside, and score it against what customers did next."""
    from recsys.io.stack import start_database
    from recsys.steps.replay import ReplayRequest
    from recsys.steps.replay import replay as replay_history
    from recsys.steps.replay_report import report_replay

    settings = read_settings()
    request = ReplayRequest(first.date(), last.date(), every, top_n or settings.top_n, with_contest=train, keep=keep)
    with lines_aside(as_json):
        start_database(settings, hint)
        result = replay_history(settings, request, _say_day, StepProgress())
        report = report_replay(settings, result)
    if as_json:
        say_json(report)
        return
    _show(report)


def _say_day(day: Replayed) -> None:
    say(f"{day.fold.origin}: {day.model.n_rows:,} rows for {day.n_persons:,} persons, of whom {day.n_customers:,} then "
        f"took {day.n_openings:,} products")  # fmt: skip


def _show(report: dict[str, Any]) -> None:
    say("\nWhat would have been published, and what customers took until the next date")
    columns: tuple[str, ...] = (
        "date",
        "model",
        "persons",
        "rows",
        "took something",
        "openings",
        "permitted",
        "of newcomers",
    )
    show_table(columns, [_taken(day, day["kind"]) for day in report["dates"]] + [_taken(report["all_dates"], "")])
    say("\nHow it would have done, next to popularity published in the same way")
    columns = (
        "date", "openings in list", "popularity's", "hit rate", "popularity's", f"precision@{report['top_n']}",
        "popularity's", "NDCG@5", "popularity's", "difference (95 %)", "coverage", "acceptance",
    )  # fmt: skip
    show_table(columns, [_done(day) for day in (*report["dates"], {**report["all_dates"], "date": "all dates"})])
    if report["recipe_chosen_until"]:
        say(f"Recipe chosen on data until {report['recipe_chosen_until']}; --train chooses anew at every date.")
    say("\nBy product, all dates")
    columns = ("product", "openings", "offered", "taken", "acceptance", "popularity's: offered", "taken")
    show_table(columns, [_product(row) for row in report["products"]])
    if report["undated_holdings"]:
        say(f"\n{report['undated_holdings']:,} holdings have no date, and count as held on all dates.")
    say(f"\nThe picture: {report['picture']}\nMLflow run: {report['mlflow_run_id']}")


def _taken(day: dict[str, Any], kind: str) -> tuple[object, ...]:
    return (
        day["date"] if kind else "all dates",
        kind,
        day["persons"],
        day["model"]["rows"],
        day["customers_who_took_something"],
        day["openings"],
        day["openings_permitted"],
        day["openings_by_newcomers"],
    )


def _done(day: dict[str, Any]) -> tuple[object, ...]:
    model, popularity, gain = day["model"], day["popularity"], day["ndcg_gain"]
    return (
        day["date"],
        *(f"{one['found_share']:.1%}" for one in (model, popularity)),
        *(f"{one['hit_rate']:.1%}" for one in (model, popularity)),
        *(f"{one['precision']:.3f}" for one in (model, popularity)),
        *(f"{one['ndcg']:.3f}" for one in (model, popularity)),
        "" if gain is None else f"{gain['mean']:+.3f} ({gain['lower']:+.3f} to {gain['upper']:+.3f})",
        f"{model['coverage']:.0%}",
        f"{model['acceptance']:.2%}",
    )


def _product(row: dict[str, Any]) -> tuple[object, ...]:
    return (
        row["product"],
        row["openings"],
        row["offered"],
        row["taken_of_offered"],
        f"{row['taken_of_offered'] / row['offered']:.2%}" if row["offered"] else "",
        row["offered_by_popularity"],
        row["taken_of_offered_by_popularity"],
    )
