"""`recsys privacy anonymity`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.monitoring.anonymity import AnonymityReport


def anonymity(
    run_id: Annotated[str | None, typer.Argument(help="The run; by default the one that was measured last.")] = None,
    as_json: Json = False,
) -> None:
    """How many persons share what outsiders can know of them, in raw and in the marts, and what they give away."""
    from recsys.errors import RunError
    from recsys.io.anonymity import read_report
    from recsys.io.anonymity_report import anonymity_file
    from recsys.io.postgres import open_database
    from recsys.monitoring.anonymity import report_to_json

    settings = read_settings()
    with open_database(settings).connect("officer") as connection:
        report = read_report(connection, run_id)
    if report is None:
        raise RunError("No run was measured for this yet.", remedy="Run anonymise_feed first: `recsys run`.")
    if as_json:
        say_json(report_to_json(report))
        return
    _show(report)
    path = anonymity_file(settings, report.run_id)
    say(f"\nThe page: {path}" if path.exists() else "\nIts page was let go of.")


def _show(report: AnonymityReport) -> None:
    raw, before = report.raw.enforced, report.before
    say(f"Run {report.run_id}, {raw.n_persons:,} persons, k = {report.k}.")
    say(f"Smallest class {raw.smallest:,}, before coarsening {before.smallest:,}.")
    say(f"Persons below k {raw.below_share:.1%}, before coarsening {before.below_share:.1%}.\n")
    show_table(
        ("outsiders can know", "coarser", "of them missing", "below k before, had it been left out"),
        [
            (name, counts.n_coarser, counts.n_missing, f"{report.before_without[name]:.1%}")
            for name, counts in report.coarsened.items()
        ],
    )
    say()
    show_table(
        ("zone", "classes", "smallest", "below k", "over all: alone", "over all: below k"),
        [
            (
                zone,
                figures.enforced.n_classes,
                figures.enforced.smallest,
                f"{figures.enforced.below_share:.1%}",
                f"{figures.full.unique_share:.1%}",
                f"{figures.full.below_share:.1%}",
            )
            for zone, figures in report.zones.items()
        ],
    )
    say()
    show_table(
        ("zone", "sensitive", "persons", "in classes all alike", "least distinct l", "least entropy l"),
        [
            (
                zone,
                name,
                found.n_persons,
                f"{found.alike_share:.1%}",
                found.least_distinct,
                f"{found.least_entropy:.2f}",
            )
            for zone, figures in report.zones.items()
            for name, found in figures.diversity.items()
        ],
    )
