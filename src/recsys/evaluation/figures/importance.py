"""Key features at one glance: what each is worth over all, and for which products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recsys.evaluation.figures.look import BLUE, GREY, left_out, new_figure
from recsys.evaluation.importance import Importance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_FEATURES = 20
_MOST_PRODUCTS = 15
_INCHES_PER_ROW = 0.3
_TITLES = {False: "Told of another customer, or not shown", True: "Never known: fitted again without it"}
_NOTE = (
    "Bars: loss over all tested customers, with 95 % intervals of customers resampled. Cells: mean loss of "
    "1 / log2(rank + 1) at the openings of a product, most opened first; a figure stands where its interval leaves "
    "zero out."
)


def importance_figure(name: str, found: Sequence[Importance], product_names: Sequence[str]) -> Figure:
    """Bars with intervals of what is lost over all products, and a heat map of what is lost for each.

    `found` as `importances` gives it. Features in the upper half, whole sources of features in the lower.
    """
    halves = {is_refit: _shown(found, is_refit) for is_refit in (False, True)}
    halves = {is_refit: shown for is_refit, shown in halves.items() if shown}
    rows = [len(shown) + 3 for shown in halves.values()]
    n_features = sum(one.way != "left out" for one in found)
    figure, panels = new_figure(
        f"How much of its NDCG@5 {name} loses, by what is taken away from it",
        _NOTE + left_out(min(n_features, _MOST_FEATURES), n_features),
        2.8 + _INCHES_PER_ROW * sum(rows),
        len(halves),
        2,
        width_ratios=(1, 1.7),
        height_ratios=rows,
    )
    most = max((abs(interval.mean) for one in found for interval in one.of_product.values()), default=0.0) or 1.0
    for place, (is_refit, shown) in enumerate(halves.items()):
        _bars_panel(panels[2 * place], shown, _TITLES[is_refit])
        _heat_panel(panels[2 * place + 1], shown, product_names, most)
    return figure


def _shown(found: Sequence[Importance], is_refit: bool) -> list[Importance]:
    of_half = [one for one in found if (one.way == "left out") == is_refit]
    return sorted(of_half, key=lambda one: -one.overall.mean)[:_MOST_FEATURES]


def _bars_panel(axes: Axes, shown: Sequence[Importance], title: str) -> None:
    places = np.arange(len(shown))
    means = [one.overall.mean for one in shown]
    spread = [
        [one.overall.mean - one.overall.lower for one in shown],
        [one.overall.upper - one.overall.mean for one in shown],
    ]
    axes.barh(places, means, xerr=spread, color=BLUE, height=0.7, error_kw={"ecolor": GREY, "capsize": 3})
    axes.set_yticks(places, [_label(one) for one in shown], fontsize=8)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set(xlabel="loss of NDCG@5", ylim=(len(shown) - 0.5, -0.5))
    axes.set_title(title, fontsize=10)


def _heat_panel(axes: Axes, shown: Sequence[Importance], product_names: Sequence[str], most: float) -> None:
    products = list(shown[0].of_product)[:_MOST_PRODUCTS]
    cells = [[one.of_product.get(product) for product in products] for one in shown]
    means = np.array([[np.nan if cell is None else cell.mean for cell in row] for row in cells])
    # Two-sided around white: a product can also be found better where less is known.
    axes.imshow(means, cmap="PuOr_r", vmin=-most, vmax=most, aspect="auto")
    for row, column in np.ndindex(*means.shape):
        cell = cells[row][column]
        if cell is not None and (cell.lower > 0 or cell.upper < 0):
            color = "white" if abs(cell.mean) > 0.6 * most else "black"
            axes.text(column, row, f"{cell.mean:.2f}", ha="center", va="center", fontsize=7, color=color)
    axes.set_yticks([])
    names = [product_names[product] for product in products]
    axes.set_xticks(range(len(products)), names, rotation=50, ha="right", fontsize=8)
    axes.set_title("By product", fontsize=10)


def _label(one: Importance) -> str:
    return f"{one.taken} (not shown)" if one.way == "hidden" else one.taken
