"""What all pictures have in common: width, colours, and how they say what is seen and on how many it rests."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure

# The palette of Okabe and Ito (2008), which people with any colour vision tell apart.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
GREY, LIGHT_GREY = "#6e6e6e", "#c9c9c9"
# Marks besides colours: a line is told apart in print as well.
LINES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D"), (RED, "v"), (SKY, "P"))
# From dark to light with even steps of brightness, also for who sees few colours.
HEAT = "cividis"
# As many rows can be read in one picture.
MOST_ROWS = 40
_PIXELS_PER_INCH = 100
_WIDTH = 10.0


def new_figure(
    title: str, note: str, height: float, n_rows: int = 1, n_columns: int = 1, **grid: Any
) -> tuple[Figure, list[Axes]]:
    """A picture of 1,000 pixels width and `height` inches, with its panels row by row.

    `title` is the sentence that the picture shows; `note`, below, says what was counted. `grid` goes to `subplots`.
    """
    # Made without pyplot: no global state, no display, and nothing to close.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), dpi=_PIXELS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(np.ravel(figure.subplots(n_rows, n_columns, **grid)))
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(textwrap.fill(title, 92), x=0.01, ha="left", fontsize=12, fontweight="bold")
    figure.supxlabel(textwrap.fill(note, 145), x=0.01, ha="left", fontsize=8.5, color=GREY)
    return figure, panels


def label_bars(axes: Axes, bars: BarContainer, texts: Sequence[str]) -> None:
    """A text at the end of each bar, for which the axis must have left room."""
    for text in axes.bar_label(bars, texts, padding=3, fontsize=8):
        # Placing the panels asks every text for its size, which takes longer than drawing them.
        text.set_in_layout(False)


def write_cells(axes: Axes, values: NDArray[np.floating], form: str, bright_from: float) -> None:
    """Each of `values` (n_rows, n_columns) in its cell of a heat map; black from `bright_from` on, white below."""
    for row, column in np.ndindex(*values.shape):
        value = values[row, column]
        color = "black" if value >= bright_from else "white"
        text = axes.text(column, row, format(value, form), ha="center", va="center", fontsize=8, color=color)
        text.set_in_layout(False)


def height_of(n_rows: int, inches_per_row: float = 0.3) -> float:
    """Inches for so many rows of bars, with title, axis and note."""
    return 1.7 + inches_per_row * max(n_rows, 3)


def largest(sizes: NDArray[Any], most: int = MOST_ROWS) -> NDArray[np.int64]:
    """Places of the largest of `sizes` (n,), at most `most`, largest first; equal ones keep their order."""
    return np.argsort(-sizes, kind="stable")[:most]


def left_out(n_shown: int, n_all: int) -> str:
    """What to say of rows for which there was no room."""
    return f" The largest {n_shown} of {n_all} are shown." if n_shown < n_all else ""
