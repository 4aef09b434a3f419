"""`recsys models show` and `recsys models compare`: the candidates of a training, and two trainings side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.evaluation.bootstrap import Interval
    from recsys.evaluation.candidate_table import CandidateRow
    from recsys.evaluation.comparison import Comparison
    from recsys.io.tracking import Tracking
    from recsys.io.training_runs import LoggedRun
    from recsys.steps.model_comparison import RunsCompared

app = typer.Typer()
# Of every candidate of two trainings, where they differ; `--all` shows the rest, and seconds, which always do.
_HEADLINE = (
    "ndcg_at_5",
    "mrr",
    "map_at_7",
    "cold_ndcg_at_5",
    "log_loss",
    "calibration_error",
    "coverage_at_5",
    "lift_at_10_percent",
)
_SHORT_ID = 8
_COLD_NOTE = "\nWith features only, nothing owned shown (cold):"


@app.command()
def show(
    run_id: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A training's MLflow run, or enough of its id; by default the last one."),
    ] = None,
    as_json: Json = False,
) -> None:
    """The candidates of a training, best first, with 95 % intervals, and which was chosen and why."""
    from recsys.steps.model_comparison import show_training

    tracking = _tracking()
    training, runs, rows = show_training(tracking, run_id)
    if as_json:
        say_json(
            {
                "run_id": training.run_id,
                "tags": training.tags,
                "candidates": [{**row.to_json(), "run_id": runs[row.name].run_id} for row in rows],
            }
        )
        return
    _say_training(training, runs, rows)


@app.command()
def compare(
    run_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN RUN]", help="Two trainings or two candidates; by default the last two trainings."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every metric, also where it is the same.")] = False,
    as_json: Json = False,
) -> None:
    """What differs between two trainings or candidates: data, split, code, rules, parameters and figures."""
    from recsys.steps.model_comparison import compare_runs

    given = run_ids or []
    if len(given) not in (0, 2):
        raise typer.BadParameter(f"{len(given)} given: give two runs, or none for the last two trainings.")
    compared = compare_runs(_tracking(), given, read_settings().seed)
    if as_json:
        say_json(
            {
                **compared.whole.to_json(),
                "candidates": [one.to_json() for one in compared.candidates],
                "only_left": compared.only_left,
                "only_right": compared.only_right,
            }
        )
        return
    _say_comparison(compared, every)


def _tracking() -> Tracking:
    from recsys.io.postgres import open_database
    from recsys.io.tracking import open_tracking

    settings = read_settings()
    return open_tracking(settings, open_database(settings))


def _say_training(training: LoggedRun, runs: dict[str, LoggedRun], rows: list[CandidateRow]) -> None:
    n_tested = int(training.metrics.get("n_tested", 0))
    say(f"{training.name}, MLflow run {training.run_id}, {n_tested:,} tested customers in {training.params['folds']}")
    measured = [row for row in rows if row.is_measured]
    challenger = training.tags.get("challenger")
    if measured:
        say("\nWith owned products shown (warm):")
        show_table(
            ["", "candidate", "NDCG@5", "MRR", "MAP@7", "to popularity", "log loss", "coverage", "fit", "run"],
            [
                (
                    ">" if row.name == challenger else "",
                    row.name,
                    *(_with_interval(row.intervals.get(name)) for name in ("ndcg_at_5", "mrr", "map_at_7")),
                    _with_interval(row.gain, "+.3f"),
                    _figure(row.metrics.get("log_loss")),
                    _percent(row.metrics.get("coverage_at_5")),
                    f"{row.metrics['fit_seconds']:.1f} s",
                    runs[row.name].run_id[:_SHORT_ID],
                )
                for row in measured
            ],
        )
        say(_COLD_NOTE)
        show_table(
            ["", "candidate", "NDCG@5", "MRR", "MAP@7", "to popularity", "log loss"],
            [
                (
                    ">" if row.name == challenger else "",
                    row.name,
                    *(_with_interval(row.intervals.get(f"cold_{name}")) for name in ("ndcg_at_5", "mrr", "map_at_7")),
                    _with_interval(row.cold_gain, "+.3f"),
                    _figure(row.metrics.get("cold_log_loss")),
                )
                for row in measured
            ],
        )
    if problems := [(row.name, row.problem) for row in rows if not row.is_measured]:
        say("\nNot compared:")
        show_table(["candidate", "why"], problems)
    say(f"\n> challenger: {training.tags.get('chosen_because', '')}")
    if decision := training.tags.get("decision"):
        say(f"Decision: {decision}")


def _say_comparison(compared: RunsCompared, every: bool) -> None:
    show_table(
        ["", "left", "right"],
        [
            ("run", compared.left.run_id, compared.right.run_id),
            ("name", compared.left.name, compared.right.name),
            ("begun", _minute(compared.left), _minute(compared.right)),
        ],
    )
    _say_changes(compared)
    _say_figures(compared, every)
    _say_paired(compared)


def _say_figures(compared: RunsCompared, every: bool) -> None:
    names = None if every or not compared.candidates else _HEADLINE
    rows = [
        (_sides(one), *cells)
        for one in compared.candidates or [compared.whole]
        for cells in _metric_cells(one, names)
        # As they are shown: what differs by less than the last digit is the same.
        if every or cells[1] != cells[2]
    ]
    if rows:
        say("\nFigures as logged; difference: right minus left." + ("" if every else " Same figures: `--all`."))
        show_table(["candidate", "metric", "left", "right", "difference"], rows)
    else:
        say("\nEvery figure is the same; `--all` shows them.")
    for side, names_there in (("left", compared.only_left), ("right", compared.only_right)):
        if names_there:
            say(f"Only on the {side}: {', '.join(names_there)}.")


def _sides(one: Comparison) -> str:
    return one.left.name if one.left.name == one.right.name else f"{one.right.name} - {one.left.name}"


def _say_changes(compared: RunsCompared) -> None:
    changes = [*compared.whole.origins, *compared.whole.params]
    of_candidates = [
        (f"{one.left.name}: {change.what}", change.left, change.right)
        for one in compared.candidates
        for change in one.params
        if change.what != "folds"
    ]
    rows: list[tuple[Any, ...]] = [(change.what, change.left, change.right) for change in changes] + of_candidates
    if rows:
        say("\nWhat differs:")
        show_table(["", "left", "right"], rows)
    else:
        say("\nData, split, features, rules, code and parameters are the same.")


def _say_paired(compared: RunsCompared) -> None:
    paired = [one for one in compared.candidates or [compared.whole] if one.paired is not None]
    if not paired:
        say("\nThey were not tested on the same customers, so there is no interval of a difference.")
        return
    n_tested = len(paired[0].left.ndcg) if paired[0].left.ndcg is not None else 0
    if all(one.paired is not None and one.paired.lower == one.paired.upper == 0 for one in paired):
        say(f"\nNDCG@5 of every one of the same {n_tested:,} rankings is the same.")
        return
    say(f"\nNDCG@5, right minus left, paired over the same {n_tested:,} rankings, 95 % interval:")
    show_table(
        ["candidate", "difference"],
        [
            (
                _sides(one),
                _with_interval(one.paired, "+.4f"),
            )
            for one in paired
        ],
    )


def _metric_cells(one: Comparison, names: tuple[str, ...] | None) -> list[tuple[str, ...]]:
    pairs = {pair.name: pair for pair in one.metrics}
    return [
        (
            name,
            _figure(pairs[name].left),
            _figure(pairs[name].right),
            _figure(pairs[name].difference, "+.4f"),
        )
        for name in (names or pairs)
        if name in pairs
    ]


def _with_interval(interval: Interval | None, form: str = ".3f") -> str:
    if interval is None:
        return ""
    return f"{interval.mean:{form}} ({interval.lower:{form}} to {interval.upper:{form}})"


def _figure(value: float | None, form: str = ".4f") -> str:
    return "" if value is None else f"{value:{form}}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _minute(run: LoggedRun) -> str:
    return f"{run.started_at:%Y-%m-%d %H:%M} UTC"
