"""The candidates of a training, best first, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from recsys.evaluation.bootstrap import Interval
from recsys.evaluation.candidate_table import COLD, HEADLINE_METRIC, CandidateRow
from recsys.evaluation.figures.look import BLUE, GREY, ORANGE, height_of, new_figure
from recsys.evaluation.gate import FLOOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WARM_MARK, _COLD_MARK = (BLUE, "o", "warm"), (ORANGE, "s", "cold")


def candidates_figure(rows: Sequence[CandidateRow], n_tested: int) -> Figure:
    """NDCG@5 of each candidate under both protocols, its difference to popularity, and to the best candidate."""
    measured = [row for row in rows if row.is_measured]
    figure, panels = new_figure(
        _title(measured), _note(rows, n_tested), height_of(len(measured), 0.42), 1, 3, sharey=True
    )
    _panel(panels[0], measured, (lambda row: row.intervals.get(HEADLINE_METRIC), _WARM_MARK, -0.13))
    _panel(panels[0], measured, (lambda row: row.intervals.get(COLD + HEADLINE_METRIC), _COLD_MARK, 0.13))
    _panel(panels[1], measured, (lambda row: row.gain, _WARM_MARK, -0.13))
    _panel(panels[1], measured, (lambda row: row.cold_gain, _COLD_MARK, 0.13))
    _panel(panels[2], measured, (lambda row: row.gap, _WARM_MARK, -0.13))
    for axes, title, label in (
        (panels[0], "NDCG@5", "1 is perfect"),
        (panels[1], f"Difference to {FLOOR}", "NDCG@5, paired"),
        (panels[2], "Difference to the best", "NDCG@5, paired"),
    ):
        axes.set(title=title, xlabel=label)
        axes.grid(axis="x", alpha=0.3)
    for axes in panels[1:]:
        axes.axvline(0, color=GREY, linestyle="--")
    panels[0].set_yticks(range(len(measured)), [row.name for row in measured])
    panels[0].set_ylim(len(measured) - 0.5, -0.5)
    # The best comes first and its difference is at the right: the left above is free.
    panels[2].legend(*panels[0].get_legend_handles_labels(), frameon=False, loc="upper left", fontsize=9)
    return figure


def _panel(
    axes: Axes,
    rows: Sequence[CandidateRow],
    mark: tuple[Callable[[CandidateRow], Interval | None], tuple[str, str, str], float],
) -> None:
    read, (color, marker, label), offset = mark
    found = [(place, interval) for place, row in enumerate(rows) if (interval := read(row)) is not None]
    means = [interval.mean for _, interval in found]
    spread = [[one.mean - one.lower for _, one in found], [one.upper - one.mean for _, one in found]]
    places = [place + offset for place, _ in found]
    axes.errorbar(means, places, xerr=spread, fmt=marker, color=color, capsize=3, markersize=5, label=label)


def _title(rows: Sequence[CandidateRow]) -> str:
    if not rows:
        return "No candidate could be measured"
    best, *others = rows
    # The interval holds no difference at all: these are not for certain worse.
    equal = [row.name for row in others if row.gap is not None and row.gap.upper >= 0]
    title = f"{best.name} ranks best: NDCG@5 {best.ndcg:.3f}"
    if best.gain is not None:
        title += f", {best.gain.mean:+.3f} to {FLOOR}"
    others_are = f"not for certain worse: {', '.join(equal)}" if equal else "all others are worse for certain"
    return f"{title}; {others_are}"


def _note(rows: Sequence[CandidateRow], n_tested: int) -> str:
    note = (
        f"Means and 95 % bootstrap intervals over {n_tested:,} tested customers of all folds, customers resampled. "
        "Warm: owned products are shown. Cold: features only."
    )
    problems = [row.name for row in rows if not row.is_measured]
    return f"{note} Not fitted: {', '.join(problems)}." if problems else note
