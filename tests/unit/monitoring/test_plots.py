"""What plots draw, for whom, and that drawing asks nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pytest_socket import disable_socket, enable_socket

from recsys.monitoring.plots.bars import Bar, bars
from recsys.monitoring.plots.drawing import NumberMarks, as_svg
from recsys.monitoring.plots.heat import Cell, heat
from recsys.monitoring.plots.intervals import Estimate, intervals
from recsys.monitoring.plots.look import Look, Told
from recsys.monitoring.plots.stacked import Part, stacked
from recsys.monitoring.plots.strips import Bin, strips

Specification = Mapping[str, Any]
TOLD = Told("Term deposits are recommended most", "Bar: now. Line: before.")
GERMAN = NumberMarks(",", ".")
BARS = [Bar("Card", 0.5, "50 %", 0.4), Bar("Loan", 0.2, "20 %"), Bar("Fund", None, "too few")]
PARTS = [
    Part("retail", "Card", 0.6, "60 %"),
    Part("retail", "Others", 0.4, "40 %"),
    Part("private", "Card", 0.02, "2 %"),
    Part("private", "Others", 0.98, "98 %"),
]
CELLS = [Cell("Card", "Age", 0.5), Cell("Loan", "Income", 1.0)]
BINS = [Bin("Card", -2000.0, -1000.0, 30, 0.75), Bin("Card", -1000.0, 0.0, 10, 0.25), Bin("Loan", -1000.0, 0.0, 5, 1.0)]
ESTIMATES = [Estimate("trees", 0.17, 0.15, 0.2, "promoted"), Estimate("blend", -0.1, -0.2, 0.1, "refused", True)]
DRAWINGS: Mapping[str, Callable[[Look], Specification]] = {
    "bars": lambda look: bars(BARS, TOLD, look),
    "stacked": lambda look: stacked(PARTS, ["Card", "Others"], TOLD, look, rest="Others"),
    "heat": lambda look: heat(CELLS, TOLD, look),
    "strips": lambda look: strips(BINS, "Score", TOLD, look),
    "intervals": lambda look: intervals(ESTIMATES, ".0%", TOLD, look),
}


def rows(specification: Specification) -> list[dict[str, Any]]:
    """Everything that is drawn, each set of rows once; the empty row of what only takes room is left out."""
    return [row for dataset in specification["datasets"].values() for row in dataset if row]


def texts(svg: str) -> str:
    """What can be read in a picture, in its order."""
    return " ".join(re.findall(r">([^<>]+)</(?:text|tspan)>", svg))


def width(svg: str) -> float:
    found = re.search(r'<svg[^>]* width="([\d.]+)"', svg)
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize("look", [Look(), Look(is_dark=True), Look(is_narrow=True)], ids=["wide", "dark", "narrow"])
@pytest.mark.parametrize("name", DRAWINGS)
def test_plot_is_drawn_without_a_network_and_says_its_message(name: str, look: Look) -> None:
    disable_socket()
    try:
        svg = as_svg(DRAWINGS[name](look), GERMAN)
    finally:
        enable_socket()
    assert svg.startswith("<svg")
    assert "Term deposits are" in texts(svg)
    assert look.colours.text in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")
    # A title was wrapped for this width, and what is beside the plot has room.
    assert look.width - 30 <= width(svg) <= look.width + 60


def test_specification_that_asks_for_an_address_is_refused() -> None:
    elsewhere = {"data": {"url": "https://example.org/x.json"}, "mark": "point", "encoding": {}}
    with pytest.raises(ValueError, match="External data url not allowed"):
        as_svg(elsewhere, GERMAN)


def test_bars_begin_at_nothing_and_show_what_was_before() -> None:
    specification = bars(BARS, TOLD, Look())
    drawn = {row["name"]: row for row in rows(specification)}
    assert (drawn["Card"]["value"], drawn["Card"]["before"]) == (0.5, 0.4)
    assert drawn["Loan"]["before"] is None
    assert specification["layer"][1]["encoding"]["x"]["scale"]["domain"] == [0, 0.5]
    svg = as_svg(specification, GERMAN)
    assert [label for label in ("50 %", "20 %", "too few") if label not in texts(svg)] == []


@pytest.mark.parametrize(("before", "begins"), [(None, 0.2), (0.1, 0.2), (0.25, 0.25), (0.9, 0.2)])
def test_label_stands_behind_the_line_only_where_the_line_would_go_through_it(
    before: float | None, begins: float
) -> None:
    specification = bars([Bar("Card", 1.0, "100 %"), Bar("Loan", 0.2, "20 %", before)], TOLD, Look())
    (loan,) = (row for row in rows(specification) if row["name"] == "Loan")
    assert loan["end"] == begins


def test_parts_follow_each_other_and_small_ones_have_no_label() -> None:
    drawn = rows(stacked(PARTS, ["Card", "Others"], TOLD, Look(), rest="Others"))
    private = [(row["part"], row["begin"], row["end"], row["label"]) for row in drawn if row.get("name") == "private"]
    assert private == [("Card", 0.0, 0.02, ""), ("Others", 0.02, 1.0, "98 %")]


def test_cells_are_shares_of_everybody_in_the_order_given() -> None:
    specification = heat(CELLS, TOLD, Look())
    encoding = specification["layer"][1]["encoding"]
    assert encoding["color"]["scale"]["domain"] == [0, 1]
    assert encoding["x"]["sort"] == ["Age", "Income"]
    assert encoding["y"]["sort"] == ["Card", "Loan"]


def test_histogram_adds_up_what_strips_show_and_the_axis_is_written_as_the_language_does() -> None:
    specification = strips(BINS, "Score", TOLD, Look())
    histogram = {row["begin"]: row["n"] for row in rows(specification) if "name" not in row}
    assert histogram == {-2000.0: 30, -1000.0: 15}
    assert "Score" in texts(as_svg(specification, GERMAN))


def test_scores_that_are_all_equal_are_seen() -> None:
    drawn = rows(strips([Bin("Card", 1.0, 1.0, 7, 1.0)], "Score", TOLD, Look()))
    assert {(row["begin"], row["end"]) for row in drawn} == {(0.5, 1.5)}


def test_intervals_show_where_nothing_is_gained() -> None:
    specification = intervals(ESTIMATES, ".1%", TOLD, Look())
    assert specification["layer"][1]["encoding"]["x"]["scale"]["domain"] == [-0.2, 0.2]
    assert "10,0%" in texts(as_svg(specification, GERMAN))
    only_gains = intervals(ESTIMATES[:1], ".0%", TOLD, Look())
    assert only_gains["layer"][1]["encoding"]["x"]["scale"]["domain"] == [0.0, 0.2]


def test_nothing_to_draw_is_drawn_as_nothing() -> None:
    assert as_svg(bars([], TOLD, Look()), GERMAN).startswith("<svg")


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(left: str, right: str) -> float:
    low, high = sorted((_luminance(left), _luminance(right)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("is_dark", "surface"), [(False, "#ffffff"), (True, "#19212b")])
def test_colours_can_be_seen_and_letters_read(is_dark: bool, surface: str) -> None:
    colours = Look(is_dark=is_dark).colours
    assert all(_contrast(colour, surface) >= 4.5 for colour in (colours.text, colours.muted))
    assert all(_contrast(colour, surface) >= 3 for colour in (colours.main, colours.other))
    # The labels within the parts.
    assert all(_contrast("#0c1a2b", colour) >= 4.5 for colour in (*colours.parts, colours.rest))
