"""A replay at one glance: what customers took, how much of it stood in the lists, day by day and product by product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from recsys.evaluation.bootstrap import Interval
from recsys.evaluation.replayed import Replayed, pooled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BLUE, _ORANGE, _GREY, _PALE = "#2f6db3", "#e08a1e", "#8a8a8a", "#d5d5d5"
_MOST_PRODUCTS = 15
_MOST_TICKS = 12


def replay_figure(days: Sequence[Replayed], product_names: Mapping[str, str], manner: str, seed: int) -> Figure:
    """Four panels over the replayed days; `product_names` by product id. `manner`: what the model was at every date,
    such as "refitted".
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    together = pooled(days)
    figure = Figure(figsize=(14.0, 9.0), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    ((taken, hits), (gains, products)) = figure.subplots(2, 2)
    for axes in (taken, hits, gains, products):
        axes.spines[["top", "right"]].set_visible(False)
    _taken_panel(taken, days)
    _hits_panel(hits, days)
    _gains_panel(gains, days, together, seed)
    _products_panel(products, together, _named(days), product_names)
    figure.suptitle(
        f"Replay of {together.fold.origin} to {together.fold.end}: what would have been published "
        f"({_named(days)}, {manner} at every date), and what customers took next"
    )
    return figure


def _taken_panel(axes: Axes, days: Sequence[Replayed]) -> None:
    places = np.arange(len(days))
    found = np.array([sum(day.model.n_found.values()) for day in days])
    permitted = np.array([day.n_permitted for day in days])
    opened = np.array([day.n_openings for day in days])
    axes.bar(places, found, color=_BLUE, label="in the list")
    axes.bar(places, permitted - found, bottom=found, color=_GREY, label="permitted, not in the list")
    axes.bar(places, opened - permitted, bottom=permitted, color=_PALE, label="a rule would have refused it")
    axes.set(
        title="What known customers took", ylabel="openings until the next date", ylim=(0, 1.05 * max(opened) or 1)
    )
    _label_days(axes, days)
    _legend_below(axes)


def _hits_panel(axes: Axes, days: Sequence[Replayed]) -> None:
    models, popularities = [day.model for day in days], [day.popularity for day in days]
    for offers, color, style, label in ((models, _BLUE, "-", _named(days)), (popularities, _GREY, "--", "popularity")):
        rates = [offer.means()["hit_rate"] for offer in offers]
        axes.plot(range(len(days)), rates, style, color=color, marker="o", markersize=4, label=label)
    axes.set(title="Customers who took something that was in their list", ylabel="share (hit rate)", ylim=(0, 1))
    _label_days(axes, days)
    _legend_below(axes)


def _gains_panel(axes: Axes, days: Sequence[Replayed], together: Replayed, seed: int) -> None:
    for place, day in enumerate(days):
        if (gain := day.gain("ndcg", seed)) is not None:
            axes.errorbar(place, gain.mean, yerr=_spread(gain), fmt="o", color=_BLUE, capsize=4)
    whole = together.gain("ndcg", seed)
    if whole is not None:
        axes.axhspan(whole.lower, whole.upper, color=_ORANGE, alpha=0.2, label="all dates, 95 % interval")
        axes.axhline(whole.mean, color=_ORANGE, label=f"all dates: {whole.mean:+.3f}")
        _legend_below(axes)
    axes.axhline(0, color=_GREY, linestyle="--")
    axes.set(title="Better than popularity? Above the dashed line: yes", ylabel="difference in NDCG@5")
    _label_days(axes, days)


def _products_panel(axes: Axes, together: Replayed, model: str, names: Mapping[str, str]) -> None:
    opened = together.model.n_opened
    shown = sorted(opened, key=lambda product_id: (-opened[product_id], product_id))[:_MOST_PRODUCTS][::-1]
    places = np.arange(len(shown))
    for offer, shift, color, label in (
        (together.model, 0.2, _BLUE, model),
        (together.popularity, -0.2, _GREY, "popularity"),
    ):
        shares = [offer.n_found.get(one, 0) / opened[one] for one in shown]
        bars = axes.barh(places + shift, shares, height=0.4, color=color, label=label)
        if color == _BLUE:
            texts = [f"{offer.n_found.get(one, 0):,} of {opened[one]:,}" for one in shown]
            axes.bar_label(bars, texts, padding=3, fontsize=8)
    axes.set_yticks(places, [names.get(one, one) for one in shown])
    axes.set(title="Openings that were in the list, by product, most opened first", xlabel="share", xlim=(0, 1.15))
    _legend_below(axes)


def _named(days: Sequence[Replayed]) -> str:
    """The kinds of models that would have served, in the order in which they came."""
    return ", ".join(dict.fromkeys(day.model.model for day in days))


def _label_days(axes: Axes, days: Sequence[Replayed]) -> None:
    step = -(-len(days) // _MOST_TICKS)
    places = range(0, len(days), step)
    axes.set_xticks(list(places), [str(days[place].fold.origin) for place in places], rotation=20)


def _legend_below(axes: Axes) -> None:
    """Beside the data and not over it, whatever the data is."""
    axes.legend(
        frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, fontsize=9,
        columnspacing=1, handlelength=1.5,
    )  # fmt: skip


def _spread(interval: Interval) -> list[list[float]]:
    return [[interval.mean - interval.lower], [interval.upper - interval.mean]]
