"""Ranking metrics at every length of list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from recsys.evaluation.figures.look import GREY, LINES, new_figure
from recsys.evaluation.gate import FLOOR
from recsys.evaluation.outcome import CUTOFFS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANELS = {
    "ndcg": "NDCG",
    "map": "MAP",
    "mrr": "MRR",
    "recall": "Recall",
    "precision": "Precision",
    "hit_rate": "Hit rate",
}
# More lines than this cannot be followed.
MOST_LINES = len(LINES) + 1


def metrics_by_k_figure(metrics: Mapping[str, Mapping[str, float]], n_tested: int) -> Figure:
    """Six metrics at k = 1, 3, 5, 7, 10, a line for each candidate of `metrics`: its `FoldOutcome.metrics`.

    The first candidate is the one that the title tells of; popularity is dashed. `n_tested` customers were tested.
    """
    first = next(iter(metrics))
    title = f"{first}: of what customers took next, {_share(metrics[first], 5)} stood among its first 5 products"
    if first != FLOOR and FLOOR in metrics:
        title += f" (popularity: {_share(metrics[FLOOR], 5)})"
    note = f"Means over {n_tested:,} tested customers of all folds, owned products shown. 1 is perfect."
    figure, panels = new_figure(title, note, 6.0, 2, 3, sharex=True)
    for axes, (metric, label) in zip(panels, _PANELS.items(), strict=True):
        lines = iter(LINES)
        for name, of_candidate in metrics.items():
            color, marker = (GREY, "") if name == FLOOR else next(lines)
            style = "--" if name == FLOOR else "-"
            values = [of_candidate[f"{metric}_at_{k}"] for k in CUTOFFS]
            axes.plot(CUTOFFS, values, color=color, marker=marker, linestyle=style, markersize=5, label=name)
        axes.set(title=label, xticks=CUTOFFS)
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", alpha=0.3)
    for axes in panels[3:]:
        axes.set_xlabel("k, the length of the list")
    # Precision falls with k, so there its panel is free.
    panels[list(_PANELS).index("precision")].legend(frameon=False, loc="upper right", fontsize=8)
    return figure


def _share(metrics: Mapping[str, float], k: int) -> str:
    return f"{metrics[f'recall_at_{k}']:.0%}"
