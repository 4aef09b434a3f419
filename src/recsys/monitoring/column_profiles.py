"""What the columns of a landed table look like, in bounded memory and without the value of any customer.

Numbers, amounts and dates of columns that pass the privacy boundary as they are (`keep`) are counted into bins, texts
of such columns by value where enough customers share it. Of every other column there are counts and lengths only.
No exact extreme is kept, not even of these columns: the largest income is that of one customer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.hashing import hash_rows
from recsys.feed.columns import Column, Kind, Privacy, Table
from recsys.monitoring.category_counts import CategoryCounts, Holders
from recsys.monitoring.sketch import count_bins

_NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY})
_DATES = frozenset({Kind.DATE, Kind.TIMESTAMP})


class Shape(StrEnum):
    """What was counted of a column's values."""

    NUMBERS = "numbers"  # by bin of their size
    AGES = "ages"  # dates, by bin of the days until the feed's own day: comparable from one load to the next
    CATEGORIES = "categories"  # by value
    LENGTHS = "lengths"  # characters of texts, entries of lists, by bin
    NONE = "none"  # only whether there is one


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. `counts` is by bin (see `sketch`) or by value; `n_unnamed` values have too few customers to name."""

    column: str
    n_rows: int
    n_missing: int
    shape: Shape
    counts: Mapping[Any, int] = field(default_factory=dict)
    n_unnamed: int = 0

    @property
    def missing_share(self) -> float:
        """Share of rows without a value; 0 where there is no row."""
        return self.n_missing / self.n_rows if self.n_rows else 0.0


class ColumnProfiler:
    """Takes the batches of one column. `as_of` is the day from which the ages of dates count."""

    def __init__(self, column: Column, as_of: date) -> None:
        self._column = column
        self._as_of = np.datetime64(as_of, "D")
        self._n_rows = self._n_missing = 0
        self._bins: Counter[int] = Counter()
        self._categories: CategoryCounts | None = CategoryCounts() if _is_category(column) else None
        self._shape = _shape(column)

    def add(self, values: pa.Array, holders: Any = None) -> None:
        """Count `values` (n,) of the column's landing type. `holders` gives the hash of each row's customer."""
        self._n_rows += len(values)
        self._n_missing += values.null_count
        if self._categories is not None:
            self._add_categories(values, holders)
        elif self._shape is Shape.LENGTHS:
            self._add_lengths(values)
        elif self._shape is Shape.NUMBERS:
            found = values.drop_null()
            self._bins.update(count_bins(found.cast(pa.float64()).to_numpy(zero_copy_only=False)))
        elif self._shape is Shape.AGES:
            found = values.drop_null().cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
            days = (self._as_of - found.to_numpy(zero_copy_only=False)).astype(np.float64)
            self._bins.update(count_bins(days))

    def profile(self) -> ColumnProfile:
        """What was found so far."""
        counts: Mapping[Any, int] = self._bins
        n_unnamed = 0
        if self._categories is not None:
            counts = self._categories.shared()
            n_unnamed = self._n_rows - self._n_missing - sum(counts.values())
        return ColumnProfile(self._column.name, self._n_rows, self._n_missing, self._shape, dict(counts), n_unnamed)

    def _add_categories(self, values: pa.Array, holders: Any) -> None:
        assert self._categories is not None
        texts = values.cast(pa.string()) if self._column.kind is Kind.BOOLEAN else values
        self._categories.add(texts, holders)
        if self._categories.is_too_many:
            # Not a category after all: from here on only lengths count, as if it had been so from the beginning.
            self._count_lengths(self._categories.lengths())
            self._categories, self._shape = None, Shape.LENGTHS

    def _add_lengths(self, values: pa.Array) -> None:
        is_list = pa.types.is_list(values.type)
        lengths = (pc.list_value_length if is_list else pc.utf8_length)(values).drop_null()
        if len(lengths):
            counted = np.bincount(lengths.to_numpy(zero_copy_only=False))
            self._count_lengths(Counter({length: int(counted[length]) for length in np.flatnonzero(counted).tolist()}))

    def _count_lengths(self, lengths: Counter[int]) -> None:
        for length, n in lengths.items():
            (place,) = count_bins(np.array([length], dtype=np.float64))
            self._bins[place] += n


class TableProfiler:
    """Takes the landed batches of one table, columns in any order; columns that nobody declared are passed over."""

    def __init__(self, table: Table, extras: Sequence[Column], as_of: date) -> None:
        self._has_holders = "customer_id" in table.column_names
        self._columns = {column.name: ColumnProfiler(column, as_of) for column in (*table.columns, *extras)}

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of `batch`."""

        @cache
        def holders() -> Holders:
            hashes: Holders = hash_rows([batch.column("customer_id")])[:, 0]
            return hashes

        for name, column in self._columns.items():
            column.add(batch.column(name), holders if self._has_holders else None)

    def profiles(self) -> list[ColumnProfile]:
        """One for each declared column, in the contract's order."""
        return [column.profile() for column in self._columns.values()]


def _shape(column: Column) -> Shape:
    if column.kind in (Kind.TEXT, Kind.TEXT_LIST):
        return Shape.CATEGORIES if _is_category(column) else Shape.LENGTHS
    if column.privacy is not Privacy.KEEP:
        return Shape.NONE
    if column.kind in _NUMBERS:
        return Shape.NUMBERS
    return Shape.AGES if column.kind in _DATES else Shape.CATEGORIES


def _is_category(column: Column) -> bool:
    return column.privacy is Privacy.KEEP and column.kind in (Kind.TEXT, Kind.BOOLEAN)
