"""Whom a campaign would reach: cumulative gains of each product over all customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recsys.evaluation.figures.look import (
    BLUE,
    GREY,
    HEAT,
    height_of,
    label_bars,
    largest,
    left_out,
    new_figure,
    write_cells,
)
from recsys.evaluation.gains import LIFT_AT, SHARES, Gains

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ALL = "All products together"


def gains_figure(name: str, gains: Gains, product_names: Sequence[str]) -> Figure:
    """Share of the takers of each product among the customers whom the model puts first, and the lift of a tenth.

    The first row is all products together; then the products with takers, most takers first.
    """
    taken = np.flatnonzero(gains.takers)
    shown = taken[largest(gains.takers[taken])]
    at_lift = SHARES.index(LIFT_AT)
    curves = np.vstack([gains.curve, gains.curves[shown]])
    labels = [_ALL, *(f"{product_names[product]} ({gains.takers[product]:,})" for product in shown)]
    reached = curves[0, at_lift]
    title = (
        f"{name}: addressing the {LIFT_AT:.0%} of customers with the highest probability reaches {reached:.0%} of a "
        f"product's takers; chance would reach {LIFT_AT:.0%}"
    )
    note = (
        f"All customers who could take a product, also those who took nothing: {int(gains.customers.max(initial=0)):,} "
        f"at most for one product over all folds; {int(gains.takers.sum()):,} takings, in brackets by product."
        f"{left_out(len(shown), len(taken))}"
    )
    figure, (heat, lift) = new_figure(title, note, height_of(len(labels)), 1, 2, sharey=True, width_ratios=[3, 1])
    _heat_panel(heat, curves, labels)
    values = curves[:, at_lift] / LIFT_AT
    bars = lift.barh(np.arange(len(labels)), values, color=BLUE)
    label_bars(lift, bars, [f"{value:.1f}" for value in values])
    lift.axvline(1, color=GREY, linestyle="--")
    lift.set(title=f"Lift at {LIFT_AT:.0%}", xlabel="times chance (dashed)", xlim=(0, 1.2 * max(values.max(), 1)))
    return figure


def _heat_panel(axes: Axes, curves: np.ndarray, labels: Sequence[str]) -> None:
    axes.imshow(curves, cmap=HEAT, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(SHARES)), [f"{share:.0%}" for share in SHARES])
    axes.set_yticks(range(len(labels)), labels)
    axes.set(title="Share of the takers reached", xlabel="share of the customers addressed, most probable first")
    write_cells(axes, curves, ".0%", bright_from=0.6)
