"""Which columns could lead back to a person, which are worth protecting, and how each is made coarser, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.contract import CUSTOMERS

# What neighbours, colleagues and public registers know of a person. k is enforced over these together.
ENFORCED: Mapping[str, tuple[str, ...]] = {
    "country": ("country",),
    "region": ("region",),
    "birth_year": ("birth_year", "birth_year_to"),
    "gender": ("gender",),
}
ENFORCED_COLUMNS: tuple[str, ...] = tuple(name for names in ENFORCED.values() for name in names)
# Every quasi-identifier of the contract by its name in `raw`: what somebody could know who knows the person well.
ALL: Mapping[str, tuple[str, ...]] = {
    **ENFORCED,
    **{
        str(column.raw_name): (str(column.raw_name),)
        for column in CUSTOMERS.columns
        if column.is_quasi_identifier and column.raw_name not in ENFORCED
    },
}

# How far each column is coarsened: one number for each of `ENFORCED`.
Levels: TypeAlias = dict[str, int]
_BAND_YEARS = {1: 5, 2: 10}
_MISSING_YEAR = 3
# What a level costs. Each cost is above the sum of all cheaper ones, so that what models and rules miss most goes last:
# no model sees the gender; a region says little beside the country; without a country or a birth year, rules refuse.
_COSTS: Mapping[str, tuple[int, ...]] = {
    "gender": (0, 1),
    "region": (0, 2, 4),
    "birth_year": (0, 8, 16, 64),
    "country": (0, 32),
}


def levels_by_cost() -> list[Levels]:
    """Every way to coarsen, the cheapest first: nothing at all, ..., nothing left."""
    names = list(_COSTS)
    combinations = product(*(range(len(costs)) for costs in _COSTS.values()))
    levels = [dict(zip(names, combination, strict=True)) for combination in combinations]
    return sorted(levels, key=lambda one: sum(_COSTS[name][level] for name, level in one.items()))


def coarser(cells: pa.Table, levels: Levels) -> pa.Table:
    """`cells` with the columns of `ENFORCED` at least as coarse as `levels` says; what is coarser already stays so."""
    region, country, gender = cells.column("region"), cells.column("country"), cells.column("gender")
    first, last = _birth_years(cells.column("birth_year"), cells.column("birth_year_to"), levels["birth_year"])
    values = {
        "country": _none_of(country) if levels["country"] else country,
        "region": _regions(region, levels["region"]),
        "birth_year": first,
        "birth_year_to": last,
        "gender": _none_of(gender) if levels["gender"] else gender,
    }
    for name, column in values.items():
        cells = cells.set_column(cells.column_names.index(name), name, column)
    return cells


def _regions(regions: pa.ChunkedArray, level: int) -> pa.ChunkedArray:
    """One digit less: "DE-10" becomes "DE-1". Areas of letters have no such order, and are left out."""
    if level == 0:
        return regions
    if level > 1:
        return _none_of(regions)
    shorter = pc.replace_substring_regex(regions, r"(^|-)(\d)\d*$", r"\1\2")
    is_digits = pc.match_substring_regex(regions, r"(^|-)\d+$")
    return pc.if_else(is_digits, shorter, pa.scalar(None, pa.string()))


def _birth_years(first: pa.ChunkedArray, last: pa.ChunkedArray, level: int) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """First and last year of the band of five or ten years that the years are in; no last year where it is one."""
    if level == 0:
        return first, last
    if level == _MISSING_YEAR:
        return _none_of(first), _none_of(last)
    width = _BAND_YEARS[level]
    begins = pc.multiply(pc.floor(pc.divide(pc.cast(first, pa.float64()), width)), width).cast(first.type)
    ends = pc.cast(pc.add(begins, width - 1), last.type)
    is_wider = pc.fill_null(pc.greater(last, ends), fill_value=False)
    return pc.if_else(is_wider, first, begins), pc.if_else(is_wider, last, ends)


def _none_of(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(len(values), values.type)])
