"""Cells by two names, the stronger the colour the more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recsys.monitoring.plots.look import Look, Told, finished, names_axis, rows_of, spacer

_CELL = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """A share of 0 to 1 in the row `name` and the column `column`."""

    name: str
    column: str
    value: float


def heat(cells: Sequence[Cell], told: Told, look: Look) -> dict[str, Any]:
    """Rows and columns in the order in which they come first, as a Vega-Lite specification."""
    import altair as alt

    columns = list(dict.fromkeys(cell.column for cell in cells))
    names = list(dict.fromkeys(cell.name for cell in cells))
    legend = alt.Legend(
        title=None, orient="bottom", format=".0%", gradientLength=120, gradientThickness=10, values=[0, 0.5, 1]
    )
    columns_axis = alt.Axis(
        title=None,
        orient="top",
        ticks=False,
        domain=False,
        labelAlign="left",
        labelAngle=-90 if look.is_narrow else -60,
        labelFontSize=10 if look.is_narrow else 12,
        labelLimit=130,
        labelPadding=4,
    )
    colours = look.colours
    chart = (
        alt.Chart(rows_of([asdict(cell) for cell in cells]))
        .mark_rect(cornerRadius=1)
        .encode(
            y=alt.Y("name:N", sort=names, axis=names_axis(look), scale=alt.Scale(paddingInner=0.08)),
            x=alt.X(
                "column:N",
                sort=columns,
                axis=columns_axis,
                scale=alt.Scale(paddingInner=0.08),
            ),
            color=alt.Color(
                "value:Q", legend=legend, scale=alt.Scale(domain=[0, 1], range=[colours.ground, colours.main])
            ),
        )
    )
    # Where there is room, the last column's name leans out to the right.
    width = min(look.plot_width(6 if look.is_narrow else 50), (_CELL + 2) * max(1, len(columns)))
    layers = alt.layer(spacer(look.plot_width(0)), chart)
    return finished(layers.properties(width=width, height=alt.Step(_CELL)), told, look)
