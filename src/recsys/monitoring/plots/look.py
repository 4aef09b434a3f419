"""What all plots have in common: their width, their colours on light and dark ground, and how they are titled."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

# As the pages have it: fonts that the reader's own system has.
FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_WIDE, _NARROW, _RIGHT = 540, 300, 20
# Of wide fonts: which one a reader has is not known, and a title that is too long would be cut off.
_PIXELS_PER_LETTER, _PIXELS_PER_SMALL_LETTER, _LABEL_PIXELS_PER_LETTER = 9.6, 7.4, 7.6


@dataclass(frozen=True, slots=True)
class Colours:
    """By role, as in the pages' style. `parts` (Okabe and Ito 2008) can be told apart with any colour vision."""

    text: str
    muted: str
    line: str
    ground: str
    main: str
    other: str
    parts: tuple[str, ...]
    rest: str


_LIGHT = Colours(
    text="#16202c", muted="#55606e", line="#d5d9e0", ground="#eef1f5", main="#1f5fa8", other="#d55e00",
    parts=("#56b4e9", "#e69f00", "#29b48a", "#dd90bd", "#a3a7ff"), rest="#c3c9d2",
)  # fmt: skip
_DARK = Colours(
    text="#e8edf3", muted="#a9b4c2", line="#303b49", ground="#222c38", main="#8dbdf5", other="#ff9d5c",
    parts=("#56b4e9", "#f0b83a", "#2fc79a", "#e59ac4", "#8f9df5"), rest="#8b97a7",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """For which ground and width a plot is drawn."""

    is_dark: bool = False
    is_narrow: bool = False

    @property
    def colours(self) -> Colours:
        """Those of the ground."""
        return _DARK if self.is_dark else _LIGHT

    @property
    def width(self) -> int:
        """Pixels of the whole plot."""
        return _NARROW if self.is_narrow else _WIDE

    @property
    def names_width(self) -> int:
        """Pixels for the names of rows, left of what is plotted."""
        return 108 if self.is_narrow else 160

    def plot_width(self, right: int) -> int:
        """Pixels of what is plotted, where `right` are left for labels beside it."""
        return self.width - self.names_width - right - _RIGHT


@dataclass(frozen=True, slots=True)
class Told:
    """What a plot says: its message, and below it how it is to be read."""

    title: str
    note: str = ""


def finished(chart: alt.TopLevelMixin, told: Told, look: Look) -> dict[str, Any]:
    """The chart with its title and look, as a Vega-Lite specification."""
    import altair as alt

    colours = look.colours
    title = alt.TitleParams(
        text=_wrapped(told.title, look.width / _PIXELS_PER_LETTER),
        subtitle=_wrapped(told.note, look.width / _PIXELS_PER_SMALL_LETTER),
        anchor="start",
        frame="bounds",
        offset=14,
        font=FONT,
        fontSize=14,
        lineHeight=18,
        color=colours.text,
        subtitleFont=FONT,
        subtitleFontSize=12,
        subtitleLineHeight=16,
        subtitleColor=colours.muted,
        subtitlePadding=6,
    )
    specification: dict[str, Any] = chart.properties(
        title=title,
        background="transparent",
        padding={"left": 2, "top": 2, "right": _RIGHT, "bottom": 2},
        autosize=alt.AutoSizeParams(type="pad", contains="padding"),
    ).to_dict()
    return {**specification, "config": {**specification.get("config", {}), **_config(colours)}}


def names_axis(look: Look, **more: Any) -> alt.Axis:
    """The axis of rows with a name: their names, and no line. Fonts are up to a fifth wider than what is counted on."""
    import altair as alt

    return alt.Axis(
        title=None, ticks=False, domain=False, labelPadding=8, labelLimit=0.82 * look.names_width,
        labelFontSize=11 if look.is_narrow else 12,
        minExtent=look.names_width, maxExtent=look.names_width, **more,
    )  # fmt: skip


def label_width(labels: Iterable[str]) -> int:
    """Pixels for the longest of `labels` beside what is plotted."""
    return round(_LABEL_PIXELS_PER_LETTER * max(map(len, labels), default=0)) + 14


def spacer(width: int) -> alt.Chart:
    """Nothing, so far to the right of where the plot begins: every plot is as wide as its title was wrapped for."""
    import altair as alt

    chart: alt.Chart = alt.Chart(rows_of([{}])).mark_point(opacity=0, size=1)
    return chart.encode(x=alt.value(width), y=alt.value(0))


def rows_of(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Rows as the data of a chart."""
    import altair as alt

    return alt.InlineData(values=list(rows))


def _config(colours: Colours) -> dict[str, Any]:
    axis = {
        "labelFont": FONT, "titleFont": FONT, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "labelColor": colours.text, "titleColor": colours.muted, "gridColor": colours.line, "domainColor": colours.line,
        "tickColor": colours.line,
    }  # fmt: skip
    legend = {
        "labelFont": FONT, "titleFont": FONT, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "labelColor": colours.text, "titleColor": colours.muted,
    }  # fmt: skip
    return {
        "view": {"stroke": None},
        "axis": axis,
        "legend": legend,
        "text": {"font": FONT, "fontSize": 12, "color": colours.text},
        "font": FONT,
    }


def _wrapped(text: str, n_letters: float) -> list[str]:
    return textwrap.wrap(text, int(n_letters))
