"""How a candidate learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from recsys.evaluation.figures.look import BLUE, GREY, RED, new_figure
from recsys.evaluation.gate import FLOOR

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def learning_curve_figure(name: str, curve: Mapping[int, float], floor: float) -> Figure:
    """NDCG@5 of a candidate after each epoch, against popularity (`floor`) on the same fold."""
    from matplotlib.ticker import MaxNLocator

    best = max(curve, key=lambda epoch: curve[epoch])
    last = max(curve)
    ending = ", its last: more might help" if best == last else f" of {last}"
    title = f"{name} ranks best after epoch {best}{ending}. NDCG@5 {curve[best]:.3f}, popularity {floor:.3f}"
    note = "NDCG@5 of tested customers of the newest fold, owned products shown; up to 5,000 of them for each point."
    figure, (axes,) = new_figure(title, note, 4.6)
    axes.plot(list(curve), list(curve.values()), color=BLUE, marker="o", markersize=4, label=name)
    axes.plot([best], [curve[best]], color=RED, marker="D", linestyle="", label="highest")
    axes.axhline(floor, color=GREY, linestyle="--", label=FLOOR)
    axes.set(xlabel="epochs", ylabel="NDCG@5")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, loc="center right")
    axes.grid(axis="y", alpha=0.3)
    return figure
