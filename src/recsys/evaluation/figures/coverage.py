"""Beyond accuracy: what the lists of each candidate show, and how popular it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from recsys.evaluation.exposure import Exposure
from recsys.evaluation.figures.look import (
    BLUE,
    GREY,
    LIGHT_GREY,
    ORANGE,
    height_of,
    label_bars,
    largest,
    left_out,
    new_figure,
)
from recsys.evaluation.gate import FLOOR
from recsys.evaluation.outcome import LIST_LENGTH
from recsys.evaluation.products import ProductTally

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANELS = {
    "coverage": ("Coverage", "share of products in\nanybody's list"),
    "popularity": ("Popularity bias", "mean share of customers who\nown what is shown"),
    "exposure_gini": ("Inequality", "Gini of how often products\nare shown, 0 is equal"),
    "diversity": ("Diversity", "mean distance of two\nproducts in a list"),
}


def coverage_figure(metrics: Mapping[str, Mapping[str, float]], n_lists: int) -> Figure:
    """Coverage, popularity bias, inequality and diversity of the lists of each candidate: its `FoldOutcome.metrics`."""
    names = list(metrics)
    values = {metric: [_value(metrics[name], metric) for name in names] for metric in _PANELS}
    note = (
        f"{n_lists:,} lists of {LIST_LENGTH}, of all customers in all folds, also those who took nothing. "
        "Popularity bias is high where a candidate shows everybody what most have."
    )
    figure, panels = new_figure(_title(values, names), note, height_of(len(names), 0.36), 1, len(_PANELS), sharey=True)
    places = np.arange(len(names))
    for axes, (metric, (title, label)) in zip(panels, _PANELS.items(), strict=True):
        colors = [GREY if name == FLOOR else BLUE for name in names]
        bars = axes.barh(places, np.nan_to_num(values[metric]), color=colors)
        texts = [f"{value:.2f}" if np.isfinite(value) else "" for value in values[metric]]
        label_bars(axes, bars, texts)
        axes.set(title=title, xlabel=label, xlim=(0, 1.2 * max(np.nanmax([*values[metric], 0.0]), 0.01)))
    panels[0].set_yticks(places, names)
    panels[0].set_ylim(len(names) - 0.4, -0.6)
    return figure


def product_mix_figure(name: str, exposure: Exposure, tally: ProductTally, product_names: Sequence[str]) -> Figure:
    """How often each product is shown next to how often it is opened: what a candidate pushes or hides."""
    offered = exposure.offered / max(int(exposure.offered.sum()), 1)
    opened = tally.opened / max(int(tally.opened.sum()), 1)
    known = np.flatnonzero(exposure.offerable)
    shown = known[largest(tally.opened[known])]
    hidden = int((exposure.offered[known] == 0).sum())
    pushed = known[(offered - opened)[known].argmax()] if len(known) else 0
    title = (
        f"{name} shows {len(known) - hidden} of {len(known)} products; most beyond its share of openings: "
        f"{product_names[pushed]} ({offered[pushed]:.0%} of places, {opened[pushed]:.0%} of openings)"
    )
    note = (
        f"{int(exposure.offered.sum()):,} places in lists of {LIST_LENGTH} of {exposure.n_lists:,} customers; "
        f"{int(tally.opened.sum()):,} openings.{left_out(len(shown), len(known))}"
    )
    figure, (axes,) = new_figure(title, note, height_of(len(shown)))
    places = np.arange(len(shown))
    axes.barh(places - 0.2, opened[shown], height=0.4, color=LIGHT_GREY, edgecolor=GREY, label="of all openings")
    axes.barh(places + 0.2, offered[shown], height=0.4, color=ORANGE, label="of all places in lists")
    axes.set_yticks(places, [product_names[product] for product in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel("share")
    axes.legend(frameon=False, loc="lower right")
    return figure


def _value(metrics: Mapping[str, float], metric: str) -> float:
    return metrics.get(f"{metric}_at_{LIST_LENGTH}", float("nan"))


def _title(values: Mapping[str, Sequence[float]], names: Sequence[str]) -> str:
    coverage = np.array(values["coverage"])
    widest, narrowest = int(np.nanargmax(coverage)), int(np.nanargmin(coverage))
    return (
        f"{names[widest]} shows {coverage[widest]:.0%} of the products to somebody, "
        f"{names[narrowest]} {coverage[narrowest]:.0%}"
    )
