"""Whether a candidate's probabilities are what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recsys.evaluation.figures.look import BLUE, GREY, LIGHT_GREY, new_figure
from recsys.evaluation.reliability import Reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Counts of bins that are nearer to each other would be written over each other.
_ROOM = 0.035


def calibration_figure(name: str, of_all: Reliability, of_first: Reliability) -> Figure:
    """Reliability of all candidate products and of each customer's first, with the number of pairs in each bin."""
    title = (
        f"{name}: what it says of a customer's first product is off by {of_first.error:.3f} on average, "
        f"of any product by {of_all.error:.3f}"
    )
    note = (
        f"{int(of_all.n.sum()):,} pairs of a tested customer and a product that could be recommended; "
        f"{int(of_first.n.sum()):,} first places. ECE: expected calibration error, the mean distance to the diagonal "
        "by pairs. On the diagonal a probability comes true as often as it says."
    )
    figure, panels = new_figure(title, note, 6.2, 2, 2, sharex="col", sharey="row", height_ratios=[3, 1])
    for column, (label, reliability) in enumerate(
        (("All products", of_all), ("The first product of each customer", of_first))
    ):
        _curve_panel(panels[column], label, reliability)
        _count_panel(panels[2 + column], reliability)
    panels[0].set_ylabel("share that came true")
    panels[2].set_ylabel("pairs")
    return figure


def _curve_panel(axes: Axes, label: str, reliability: Reliability) -> None:
    predicted, observed, _ = _bins(reliability)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="perfect")
    axes.plot(predicted, observed, color=BLUE, marker="o", label="measured")
    axes.set(title=f"{label}: ECE {reliability.error:.4f}", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, loc="upper left", fontsize=9)
    axes.grid(alpha=0.3)


def _count_panel(axes: Axes, reliability: Reliability) -> None:
    predicted, _, counts = _bins(reliability)
    bars = axes.bar(predicted, counts, width=0.02, color=LIGHT_GREY, edgecolor=GREY)
    has_room = np.diff(predicted, append=np.inf) >= _ROOM
    texts = [_short(int(count)) if has else "" for count, has in zip(counts, has_room, strict=True)]
    axes.bar_label(bars, texts, fontsize=7, padding=2, rotation=90)
    axes.set(xlabel="probability given", yscale="log")
    axes.set_ylim(0.8, 100 * max(float(counts.max(initial=1)), 1))


def _bins(reliability: Reliability) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    bins = np.array(reliability.bins).reshape(-1, 3)
    return bins[:, 0], bins[:, 1], bins[:, 2].astype(np.int64)


def _short(count: int) -> str:
    return f"{count:,}" if count < 10_000 else f"{count / 1000:,.0f}k"
