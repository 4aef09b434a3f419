"""Whom each candidate serves better or worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from recsys.evaluation.figures.look import HEAT, MOST_ROWS, height_of, new_figure, write_cells
from recsys.evaluation.slices import SMALLEST_SLICE, SliceSums

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_METRIC = "ndcg_at_5"
# Columns of numbers that fit side by side.
MOST_CANDIDATES = 14


def segments_figure(slices: Mapping[str, Mapping[str, SliceSums]]) -> Figure:
    """NDCG@5 of each group of customers (rows) with each candidate (columns).

    `slices`: by candidate, `FoldOutcome.slices`. Groups of fewer than `SMALLEST_SLICE` tested customers are not shown;
    of more than 40 the largest are.
    """
    names = list(slices)[:MOST_CANDIDATES]
    groups = _groups(slices[names[0]])
    values = np.array([[_mean(slices[name], *group) for name in names] for group in groups]).reshape(-1, len(names))
    labels = [f"{_words(slicing)}: {label} ({_size(slices[names[0]], slicing, label):,})" for slicing, label in groups]
    note = (
        f"NDCG@5, owned products shown, of tested customers of all folds; how many in brackets. Groups of fewer than "
        f"{SMALLEST_SLICE} are not shown. The brighter, the better served."
    )
    figure, (axes,) = new_figure(_title(names[0], values, labels), note, height_of(len(labels)) + 0.5)
    _heat(axes, values, names, labels)
    for place in range(1, len(groups)):
        if groups[place][0] != groups[place - 1][0]:
            axes.axhline(place - 0.5, color="white", linewidth=3)
    return figure


def _heat(axes: Axes, values: np.ndarray, names: Sequence[str], labels: Sequence[str]) -> None:
    if values.size:
        axes.imshow(values, cmap=HEAT, aspect="auto")
        lowest, highest = np.nanmin(values), np.nanmax(values)
        write_cells(axes, values, ".2f", bright_from=lowest + 0.6 * (highest - lowest))
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(labels)), labels)


def _groups(slices: Mapping[str, SliceSums]) -> list[tuple[str, str]]:
    """Slicing and label of the groups to show, in the order of the slicings."""
    every = [
        (int(n), name, label)
        for name, sums in slices.items()
        for n, label in zip(sums.n_customers, sums.labels, strict=True)
        if n >= SMALLEST_SLICE
    ]
    kept = sorted(every, key=lambda one: -one[0])[:MOST_ROWS]
    return [(name, label) for _, name, label in (one for one in every if one in kept)]


def _mean(slices: Mapping[str, SliceSums], name: str, label: str) -> float:
    return slices[name].means()[label].get(_METRIC, float("nan"))


def _size(slices: Mapping[str, SliceSums], name: str, label: str) -> int:
    return int(slices[name].n_customers[slices[name].labels.index(label)])


def _words(slicing: str) -> str:
    return slicing.replace("_", " ")


def _title(name: str, values: np.ndarray, labels: Sequence[str]) -> str:
    if not values.size:
        return "No group of customers is large enough to be shown"
    of_first = values[:, 0]
    best, worst = int(of_first.argmax()), int(of_first.argmin())
    return (
        f"{name} serves {labels[best].rpartition(' (')[0]} best (NDCG@5 {of_first[best]:.2f}), "
        f"{labels[worst].rpartition(' (')[0]} worst ({of_first[worst]:.2f})"
    )
