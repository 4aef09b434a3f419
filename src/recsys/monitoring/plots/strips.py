"""How values are spread: a histogram of all, and below a strip for each name, the stronger the colour the more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recsys.monitoring.plots.look import Look, Told, finished, names_axis, rows_of

_STEP, _HISTOGRAM_HEIGHT = 18, 70


@dataclass(frozen=True, slots=True)
class Bin:
    """How many values of `name` lie from `begin` to `end`, and which share of its values that is."""

    name: str
    begin: float
    end: float
    n: int
    share: float


def strips(bins: Sequence[Bin], value: str, told: Told, look: Look) -> dict[str, Any]:
    """As a Vega-Lite specification; `value` says what is counted, below the axis."""
    import altair as alt

    colours = look.colours
    names = list(dict.fromkeys(one.name for one in bins))
    domain = [min((one.begin for one in bins), default=0), max((one.end for one in bins), default=1)]
    if domain[0] == domain[1]:
        # All values are equal: a bin of no width would not be seen.
        domain = [domain[0] - 0.5, domain[1] + 0.5]
        bins = [Bin(one.name, domain[0], domain[1], one.n, one.share) for one in bins]
    scale, width = alt.Scale(domain=domain, nice=False), look.plot_width(8)
    totals: dict[tuple[float, float], int] = {}
    for one in bins:
        totals[one.begin, one.end] = totals.get((one.begin, one.end), 0) + one.n
    # An empty axis of the same extent keeps the histogram above the strips.
    beside = alt.Axis(title=None, labels=False, ticks=False, domain=False, grid=False, minExtent=look.names_width)
    histogram = (
        alt.Chart(rows_of([{"begin": begin, "end": end, "n": n} for (begin, end), n in totals.items()]))
        .mark_bar(color=colours.main, binSpacing=1)
        .encode(x=alt.X("begin:Q", bin="binned", scale=scale, axis=None), x2="end:Q", y=alt.Y("n:Q", axis=beside))
        .properties(width=width, height=_HISTOGRAM_HEIGHT)
    )
    rows = (
        alt.Chart(rows_of([asdict(one) for one in bins]))
        .mark_rect()
        .encode(
            x=alt.X(
                "begin:Q",
                bin="binned",
                scale=scale,
                axis=alt.Axis(title=value, tickCount=4 if look.is_narrow else 7, grid=False, format="~g"),
            ),
            x2="end:Q",
            y=alt.Y("name:N", sort=names, axis=names_axis(look), scale=alt.Scale(paddingInner=0.15)),
            color=alt.Color("share:Q", legend=None, scale=alt.Scale(range=[colours.ground, colours.main])),
        )
        .properties(width=width, height=alt.Step(_STEP))
    )
    return finished(alt.vconcat(histogram, rows, spacing=4), told, look)
