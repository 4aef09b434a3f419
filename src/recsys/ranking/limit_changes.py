"""Limits of products that somebody wants to try, from the text of a file: CSV with a line per product, or TOML with a
table per product.

Values are written as in a feed (`docs/feed.md`). What is left out or empty stays as it is, and `-` takes a limit away.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from recsys.cleaning.limits import breaches
from recsys.cleaning.parsing import EXPECTED, parse
from recsys.errors import ContractError
from recsys.feed.columns import Kind, Purpose
from recsys.feed.contract import PRODUCTS
from recsys.ranking.catalogue import Catalogue

NO_LIMIT = "-"
LIMITS = {column.name: column for column in PRODUCTS.columns if column.purpose is Purpose.RULE}
_PRODUCT_ID = "product_id"
_SHOWN = 5
_REMEDY = f"Values are written as in a feed (docs/feed.md); empty leaves a limit as it is, {NO_LIMIT} takes it away."


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it was written, and where: `line` from 1, 0 where it is not known."""

    product_id: str
    column: str
    text: str
    line: int

    @property
    def place(self) -> str:
        """Where a person finds it."""
        where = f"line {self.line}, " if self.line else ""
        return f"{where}{self.product_id}, {self.column}"


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A limit of a product, under its name in the contract, and its new value as `Product` holds it; None: no limit."""

    cell: Cell
    value: Any


def csv_changes(text: str, name: str) -> list[LimitChange]:
    """The changes in a CSV file called `name`. Raises `ContractError` that names line and column of what is wrong."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    header = next(reader, [])
    if _PRODUCT_ID not in header:
        raise ContractError(
            f"{name}, line 1: expected a column {_PRODUCT_ID}, found {', '.join(header) or 'nothing'}.",
            remedy=f"The first line names {_PRODUCT_ID} and limits, joined by commas: {', '.join(LIMITS)}.",
        )
    _check_columns(header, f"{name}, line 1")
    if len(set(header)) < len(header):
        raise ContractError(f"{name}, line 1: a column stands there twice.", remedy="Leave one of them out.")
    cells, problems = [], []
    for row in reader:
        if not any(row):
            continue
        if len(row) != len(header):
            problems.append(f"line {reader.line_num}: expected {len(header)} values, found {len(row)}")
            continue
        values = dict(zip(header, row, strict=True))
        product_id = values.pop(_PRODUCT_ID)
        cells += [Cell(product_id, column, value, reader.line_num) for column, value in values.items()]
    return _typed(cells, problems, name)


def toml_changes(text: str, name: str) -> list[LimitChange]:
    """The changes in a TOML file called `name`. Raises `ContractError` as `csv_changes` does."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        remedy = "A table per product: [loan], and under it max_age = 65."
        raise ContractError(f"{name} is no TOML: {error}.", remedy=remedy) from None
    cells, problems = [], []
    for product_id, limits in tables.items():
        line = _line_of(text, product_id)
        if not isinstance(limits, dict):
            problems.append(f"line {line}, {product_id}: expected a table with the limits of a product")
            continue
        _check_columns(limits, f"{name}, line {line}, {product_id}")
        cells += [
            Cell(product_id, column, _as_text(value), _line_of(text, product_id, column))
            for column, value in limits.items()
        ]
    return _typed(cells, problems, name)


def apply_changes(
    catalogue: Catalogue, changes: Sequence[LimitChange], name: str, *, cooling_off_days: int
) -> Catalogue:
    """`catalogue` with the changed limits; `cooling_off_days` is the bank's own, for products that set none.

    Raises `ContractError` for a product, also within `requires` and `excludes`, that the catalogue lacks.
    """
    problems = []
    by_product: dict[str, dict[str, Any]] = {}
    for change in changes:
        cell = change.cell
        named = change.value if cell.column in ("requires", "excludes") else ()
        problems += [
            f"{cell.place}: the catalogue has no product {product_id}"
            for product_id in (cell.product_id, *named)
            if product_id not in catalogue.index
        ]
        is_default = cell.column == "cooling_off_days" and change.value is None
        value = cooling_off_days if is_default else change.value
        by_product.setdefault(cell.product_id, {})[field_of(cell.column)] = value
    if problems:
        raise _error(name, problems, f"Its products are {', '.join(catalogue.product_ids)}.")
    return Catalogue(tuple(replace(one, **by_product.get(one.product_id, {})) for one in catalogue.products))


def field_of(column: str) -> str:
    """The field of `Product` that holds a column of the contract."""
    return column.removesuffix("_at") + "_date" if column.endswith("_at") else column


def _check_columns(names: Sequence[str] | Mapping[str, Any], where: str) -> None:
    unknown = [name for name in names if name != _PRODUCT_ID and name not in LIMITS]
    if unknown:
        raise ContractError(
            f"{where}: {', '.join(unknown)} is no limit of a product.", remedy=f"Limits are {', '.join(LIMITS)}."
        )


def _typed(cells: Sequence[Cell], problems: list[str], name: str) -> list[LimitChange]:
    seen: dict[tuple[str, str], Cell] = {}
    changes = []
    for cell in cells:
        if not cell.text:
            continue
        before = seen.setdefault((cell.product_id, cell.column), cell)
        if before is not cell:
            problems.append(f"{cell.place}: stands in line {before.line} already")
            continue
        wrong = list(_problems(cell))
        problems += wrong
        if not wrong:
            changes.append(LimitChange(cell, _value(cell)))
    if problems:
        raise _error(name, problems, _REMEDY)
    if not changes:
        raise ContractError(f"{name} changes no limit.", remedy=_REMEDY)
    return changes


def _problems(cell: Cell) -> Iterator[str]:
    column = LIMITS[cell.column]
    if cell.text == NO_LIMIT:
        return
    parsed = parse(column.kind, pa.array([cell.text]))
    if parsed.wrong[0]:
        yield f'{cell.place}: expected {EXPECTED[column.kind]}, found "{cell.text}"'
        return
    for breach in breaches(column, parsed.values, date.max):
        if breach.rows[0]:
            yield f'{cell.place}: {breach.reason}, found "{cell.text}"'


def _value(cell: Cell) -> Any:
    kind = LIMITS[cell.column].kind
    if cell.text == NO_LIMIT:
        return () if kind is Kind.TEXT_LIST else None
    value = parse(kind, pa.array([cell.text])).values[0].as_py()
    if kind is Kind.TEXT_LIST:
        return tuple(value)
    return float(value) if isinstance(value, Decimal) else value


def _as_text(value: Any) -> str:
    """A value of TOML as a feed writes it; `[]` takes a limit away too."""
    if isinstance(value, list):
        return "|".join(str(one) for one in value) or NO_LIMIT
    return str(value)


def _line_of(text: str, product_id: str, column: str = "") -> int:
    """Where a product's table begins, or a key within it; 0 where it is written in a way that is not found."""
    name = rf"(?:\"{re.escape(product_id)}\"|'{re.escape(product_id)}'|{re.escape(product_id)})"
    begins = re.compile(rf"\s*(?:\[\s*{name}\s*\]|{name}\s*[.=])")
    is_within = False
    for number, line in enumerate(text.splitlines(), start=1):
        if begins.match(line):
            if not column or re.search(rf"\b{column}\b", line):
                return number
            is_within = True
        elif line.lstrip().startswith("["):
            is_within = False
        elif is_within and re.match(rf"\s*\"?{column}\"?\s*=", line):
            return number
    return 0


def _error(name: str, problems: Sequence[str], remedy: str) -> ContractError:
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    return ContractError(f"{name}: {'; '.join(problems[:_SHOWN])}{more}.", remedy=remedy)
