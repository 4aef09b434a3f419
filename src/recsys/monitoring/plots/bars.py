"""A bar for each of a few names, with what it was before as a line across it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from recsys.monitoring.plots.look import Look, Told, finished, label_width, names_axis, rows_of, spacer

if TYPE_CHECKING:
    import altair as alt

_STEP = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` None: not told; `before` None: not known, and no line is drawn. `label` stands beside the bar."""

    name: str
    value: float | None
    label: str
    before: float | None = None


def bars(rows: Sequence[Bar], told: Told, look: Look) -> dict[str, Any]:
    """One below the other in the order given, as a Vega-Lite specification."""
    import altair as alt

    beside = label_width(row.label for row in rows)
    width = look.plot_width(beside)
    largest = max((max(row.value or 0, row.before or 0) for row in rows), default=0) or 1
    places = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, largest]))
    reach = largest * beside / width
    base = alt.Chart(rows_of([{**asdict(row), "end": _label_place(row, reach)} for row in rows])).encode(
        y=alt.Y("name:N", sort=None, axis=names_axis(look), scale=alt.Scale(paddingInner=0.35, paddingOuter=0.1))
    )
    layers: list[alt.Chart] = [
        spacer(width + beside),
        base.mark_bar(color=look.colours.main, cornerRadiusEnd=2).encode(x=places),
        base.mark_tick(color=look.colours.text, thickness=2, size=20)
        .transform_filter("isValid(datum.before)")
        .encode(x=alt.X("before:Q")),
        base.mark_text(align="left", dx=6).encode(x=alt.X("end:Q"), text="label:N"),
    ]
    chart = alt.layer(*layers).properties(width=width, height=alt.Step(_STEP))
    return finished(chart, told, look)


def _label_place(row: Bar, reach: float) -> float:
    """Where the label begins: behind the bar, or behind the line where that would go through it."""
    value, before = row.value or 0.0, row.before or 0.0
    return before if value < before < value + reach else value
