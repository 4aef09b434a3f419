"""How a candidate treats each product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.figures.look import (
    BLUE,
    GREEN,
    LIGHT_GREY,
    ORANGE,
    height_of,
    label_bars,
    largest,
    left_out,
    new_figure,
)
from recsys.evaluation.outcome import LIST_LENGTH
from recsys.evaluation.products import ProductTally

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def products_figure(name: str, tally: ProductTally, product_names: Sequence[str]) -> Figure:
    """A row per product, most opened first: found of opened, precision, recall and F1 of the lists of five."""
    tested = np.flatnonzero((tally.opened > 0) | (tally.offered > 0))
    shown = tested[largest(tally.opened[tested])]
    places = np.arange(len(shown))
    n_opened, n_found = int(tally.opened.sum()), int(tally.found.sum())
    title = f"{name} finds {n_found / max(n_opened, 1):.0%} of openings: {_extremes(tally, product_names)}"
    note = (
        f"{n_opened:,} openings of tested customers, owned products shown, of which {n_found:,} were in a list of "
        f"{LIST_LENGTH}.{left_out(len(shown), len(tested))} No bar: nobody was offered it, or nobody opened it."
    )
    figure, panels = new_figure(title, note, height_of(len(shown)), 1, 4, sharey=True, width_ratios=[1.5, 1, 1, 1])
    _found_panel(panels[0], tally, shown)
    panels[0].set_yticks(places, [product_names[product] for product in shown])
    panels[0].set_ylim(len(shown) - 0.4, -0.6)
    shares = (("Precision", tally.precision, BLUE), ("Recall", tally.recall, GREEN), ("F1", tally.f1, ORANGE))
    for axes, (label, values, color) in zip(panels[1:], shares, strict=True):
        of_shown = np.nan_to_num(values[shown])
        bars = axes.barh(places, of_shown, color=color)
        texts = [f"{value:.2f}" if np.isfinite(value) else "" for value in values[shown]]
        label_bars(axes, bars, texts)
        axes.set(title=label, xlim=(0, 1.2), xticks=(0, 0.5, 1), xlabel=_MEANING[label])
    return figure


_MEANING = {
    "Precision": "of the lists with it,\nshare that was right",
    "Recall": "of its openings,\nshare that was found",
    "F1": "harmonic mean\nof the two",
}


def _found_panel(axes: Axes, tally: ProductTally, shown: NDArray[np.int64]) -> None:
    places = np.arange(len(shown))
    bars = axes.barh(places, tally.opened[shown], color=LIGHT_GREY, label="opened")
    axes.barh(places, tally.found[shown], color=BLUE, label="found in the list")
    texts = [f"{tally.found[product]:,} of {tally.opened[product]:,}" for product in shown]
    label_bars(axes, bars, texts)
    axes.set(title="Found of opened", xlabel="openings")
    axes.set_xlim(right=1.45 * max(int(tally.opened.max(initial=0)), 1))
    axes.legend(frameon=False, fontsize=8, loc="lower right")


def _extremes(tally: ProductTally, names: Sequence[str]) -> str:
    """The product that it finds most and least of, of those opened often enough to tell."""
    enough = np.flatnonzero(tally.opened >= max(tally.opened.max(initial=0) // 20, 1))
    if not len(enough):
        return "nothing was opened"
    recall = tally.recall[enough]
    most, least = enough[recall.argmax()], enough[recall.argmin()]
    return f"most of {names[most]} ({recall.max():.0%}), least of {names[least]} ({recall.min():.0%})"
