"""A bar for each of a few names, made of parts that are named above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recsys.monitoring.plots.look import Look, Told, finished, names_axis, rows_of, spacer

_STEP, _LABEL_WIDTH, _LEAST_LABEL = 24, 62, 36
_LETTERS_PER_LINE = {False: 68, True: 34}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bar of `name`; `label` stands in it where it has room, `total` of the last one beside the bar."""

    name: str
    part: str
    value: float
    label: str = ""
    total: str = ""


def stacked(
    parts: Sequence[Part], order: Sequence[str], told: Told, look: Look, *, rest: str | None = None, step: int = _STEP
) -> dict[str, Any]:
    """As a Vega-Lite specification. `order` are the parts from the left on, of which `rest` is drawn in grey."""
    import altair as alt

    colours = look.colours
    named = [part for part in order if part != rest]
    palette = (colours.main, colours.other) if len(named) <= 2 else colours.parts
    painted = {**dict(zip(named, palette, strict=False)), **({rest: colours.rest} if rest else {})}
    values: list[dict[str, Any]] = []
    ends: dict[str, float] = {}
    for part in sorted(parts, key=lambda one: order.index(one.part)):
        begin = ends.get(part.name, 0.0)
        ends[part.name] = begin + part.value
        values.append({**asdict(part), "begin": begin, "end": ends[part.name], "middle": begin + part.value / 2})
    names = list(dict.fromkeys(part.name for part in parts))
    largest, width = max(ends.values(), default=0) or 1, look.plot_width(_LABEL_WIDTH)
    for value in values:
        if value["value"] / largest * width < _LEAST_LABEL:
            value["label"] = ""
    scale = alt.Scale(domain=[0, largest])
    n_columns = max(1, _LETTERS_PER_LINE[look.is_narrow] // (max(map(len, order), default=1) + 4))
    legend = alt.Legend(
        title=None, orient="top", direction="horizontal", columns=n_columns, labelLimit=200, symbolType="square",
        offset=6, rowPadding=4, columnPadding=32,
    )  # fmt: skip
    base = alt.Chart(rows_of(values)).encode(
        y=alt.Y("name:N", sort=names, axis=names_axis(look), scale=alt.Scale(paddingInner=0.3, paddingOuter=0.1))
    )
    chart = alt.layer(
        spacer(look.plot_width(0)),
        base.mark_bar().encode(
            x=alt.X("begin:Q", axis=None, scale=scale),
            x2="end:Q",
            color=alt.Color(
                "part:N", legend=legend, scale=alt.Scale(domain=list(order), range=[painted[one] for one in order])
            ),
        ),
        # Dark letters can be read on each of the parts' colours, on light ground and on dark.
        base.mark_text(color="#0c1a2b", fontSize=11).encode(x=alt.X("middle:Q"), text="label:N"),
        base.mark_text(align="left", dx=6).encode(x=alt.X("end:Q"), text="total:N"),
    )
    return finished(chart.properties(width=width, height=alt.Step(step)), told, look)
