"""A point for each of a few names, with how far off it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recsys.monitoring.plots.look import Look, Told, finished, label_width, names_axis, rows_of, spacer

_STEP = 26


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` with its interval; `is_other`: drawn in the second colour. `label` stands beside it."""

    name: str
    value: float
    lower: float
    upper: float
    label: str
    is_other: bool = False


def intervals(rows: Sequence[Estimate], value_format: str, told: Told, look: Look) -> dict[str, Any]:
    """One below the other in the order given, as a Vega-Lite specification. The axis is written in d3's format."""
    import altair as alt

    colours, width = look.colours, look.plot_width(label_width(row.label for row in rows))
    lowest, highest = min((row.lower for row in rows), default=0), max((row.upper for row in rows), default=1)
    scale = alt.Scale(domain=[min(0.0, lowest), max(highest, 1e-9)], nice=False)
    axis = alt.Axis(
        title=None,
        format=value_format,
        tickCount=2 if look.is_narrow else 4,
        labelFlush=False,
        domain=False,
        ticks=False,
    )
    paint = alt.Color(
        "is_other:N", legend=None, scale=alt.Scale(domain=[False, True], range=[colours.main, colours.other])
    )
    base = alt.Chart(rows_of([asdict(row) for row in rows])).encode(
        y=alt.Y("name:N", sort=None, axis=names_axis(look)), color=paint
    )
    chart = alt.layer(
        spacer(look.plot_width(0)),
        base.mark_rule(strokeWidth=3, opacity=0.55).encode(x=alt.X("lower:Q", axis=axis, scale=scale), x2="upper:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X("value:Q")),
        base.mark_text(align="left", dx=7).encode(x=alt.X("upper:Q"), text="label:N", color=alt.value(colours.text)),
    )
    return finished(chart.properties(width=width, height=alt.Step(_STEP)), told, look)
