"""A plot with its message and the numbers that it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recsys.monitoring.plots.look import Look, Told

Draw = Callable[[Told, Look], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads elsewhere."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of as many texts; the first of a row names it, and `numeric` columns stand to the right."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | Link]]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """`draw` gives a Vega-Lite specification for a ground and a width; `view` of `reporting` has its figures."""

    name: str
    told: Told
    table: Table
    view: str
    draw: Draw
