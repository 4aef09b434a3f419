"""Pictures for people who compare candidates: one message each, readable without the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.bootstrap import Interval
from recsys.evaluation.products import ProductTally

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BLUE, _ORANGE, _GREY = "#2f6db3", "#e08a1e", "#8a8a8a"
_MOST_PRODUCTS = 40


def learning_curve_figure(name: str, curve: Mapping[int, float], floor: float) -> Figure:
    """NDCG@5 of a candidate after each epoch, against popularity on the same customers."""
    figure, (axes,) = _figure(7.0, 4.0)
    axes.plot(list(curve), list(curve.values()), color=_BLUE, marker="o", markersize=4, label=name)
    axes.axhline(floor, color=_GREY, linestyle="--", label="popularity")
    axes.set(xlabel="epochs", ylabel="NDCG@5 on the last fold", title=f"Learning curve of {name}")
    axes.set_xticks(list(curve))
    axes.legend(frameon=False)
    return figure


def products_figure(name: str, tally: ProductTally, product_names: Sequence[str]) -> Figure:
    """Per product: share of its openings that were in the list, and how often it is offered next to opened."""
    tested = np.flatnonzero((tally.opened > 0) | (tally.offered > 0))
    shown = tested[np.argsort(-tally.opened[tested], kind="stable")][:_MOST_PRODUCTS][::-1]
    figure, axes = _figure(11.0, 1.6 + 0.28 * max(len(shown), 4), n_panels=2)
    places = np.arange(len(shown))
    _recall_panel(axes[0], tally, shown)
    axes[0].set_yticks(places, [product_names[product] for product in shown])
    opened, offered = (counts[shown] / max(int(counts.sum()), 1) for counts in (tally.opened, tally.offered))
    axes[1].barh(places + 0.2, opened, height=0.4, color=_GREY, label="opened")
    axes[1].barh(places - 0.2, offered, height=0.4, color=_ORANGE, label="in a top 5")
    axes[1].set(xlabel="share of all openings / of all places in lists", title="Product mix")
    axes[1].legend(frameon=False, loc="lower right")
    figure.suptitle(f"{name}: products, most opened first")
    return figure


def comparison_figure(means: Mapping[str, float], gains: Mapping[str, Interval]) -> Figure:
    """Mean NDCG@5 per candidate, and the interval of its difference to popularity."""
    names = sorted(means, key=lambda name: means[name])
    figure, axes = _figure(10.0, 1.6 + 0.5 * len(names), n_panels=2)
    places = {name: place for place, name in enumerate(names)}
    bars = axes[0].barh(list(places.values()), [means[name] for name in names], color=_BLUE)
    axes[0].bar_label(bars, fmt="%.3f", padding=3)
    axes[0].set_yticks(list(places.values()), names)
    axes[0].set(xlabel="NDCG@5", title="All folds", xlim=(0, max(means.values(), default=1.0) * 1.15 or 1.0))
    for name, gain in gains.items():
        spread = [[gain.mean - gain.lower], [gain.upper - gain.mean]]
        axes[1].errorbar(gain.mean, places[name], xerr=spread, fmt="o", color=_BLUE, capsize=4)
    axes[1].axvline(0, color=_GREY, linestyle="--")
    axes[1].set(xlabel="difference in NDCG@5", title="Against popularity, 95 % interval", ylim=axes[0].get_ylim())
    return figure


def _recall_panel(axes: Axes, tally: ProductTally, shown: NDArray[np.int64]) -> None:
    recall = tally.found[shown] / np.maximum(tally.opened[shown], 1)
    bars = axes.barh(np.arange(len(shown)), recall, color=_BLUE)
    axes.bar_label(
        bars, [f"{tally.found[product]} of {tally.opened[product]}" for product in shown], padding=3, fontsize=8
    )
    axes.set(
        xlabel="share of openings found in the top 5", title="Found", xlim=(0, 1.2), xticks=(0, 0.25, 0.5, 0.75, 1)
    )


def _figure(width: float, height: float, n_panels: int = 1) -> tuple[Figure, list[Axes]]:
    # Made without pyplot: no global state, no display, and nothing to close.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(np.atleast_1d(figure.subplots(1, n_panels, sharey=n_panels > 1)))
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, panels
