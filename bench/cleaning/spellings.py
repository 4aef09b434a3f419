"""Dirty values that standardising made clean, and clean ones that it should have left alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.cleaning.bank import Bank
from recsys.feed.demo.spelling_styles import STYLES


@dataclass(frozen=True, slots=True)
class Column:
    """Of one column: dirty values, how many became clean, how many trimming alone makes clean, clean values changed."""

    name: str
    n_dirty: int
    n_clean: int
    n_trimmed: int
    n_spoilt: int
    n_spared: int


def measure(bank: Bank) -> list[Column]:
    """Every column that holds dirty values. Call it between `ingest_feed` and `anonymise_feed`."""
    truth = bank.truth("spellings")
    return [
        _measure(bank, truth.filter(pc.and_(pc.equal(truth["table"], table), pc.equal(truth["column"], column))))
        for table, columns in STYLES.items()
        for column in columns
    ]


def _measure(bank: Bank, truth: pa.Table) -> Column:
    table, column = truth["table"][0].as_py(), truth["column"][0].as_py()
    landed = bank.landed(table, [column])[column].combine_chunks().cast(pa.string())
    lines = truth["line"].combine_chunks()
    found = landed.take(bank.landed_rows(table, lines))
    return Column(
        f"{table}.{column}",
        len(lines),
        _count(pc.equal(found, truth["clean"].combine_chunks())),
        _count(pc.equal(pc.utf8_trim_whitespace(truth["written"]), truth["clean"])),
        *_spoilt(bank, table, column, landed, lines),
    )


def _spoilt(bank: Bank, table: str, column: str, landed: pa.Array, dirty: pa.Array) -> tuple[int, int]:
    """Clean values of first registrations that were changed, and how many there are.

    Telephone numbers are left out: they are delivered in three spellings, which are all to become one.
    """
    if column == "phone":
        return 0, 0
    delivered = bank.delivered(table, ["customer_id", column]).combine_chunks()
    lines = pa.array(np.arange(1, delivered.num_rows + 1))
    places = bank.landed_rows(table, lines)
    again = bank.truth("duplicates")["customer_id"]
    customers, values = (delivered[name].combine_chunks() for name in ("customer_id", column))
    is_free = pc.is_in(customers, value_set=again.combine_chunks())
    is_kept = pc.and_(places.is_valid(), pc.invert(pc.or_(is_free, pc.is_in(lines, value_set=dirty))))
    is_known = pc.and_(is_kept, values.is_valid())
    before, after = values.filter(is_known).cast(pa.string()), landed.take(places.filter(is_known))
    return _count(pc.not_equal(before, after)), len(before)


def _count(is_so: pa.Array | pa.ChunkedArray) -> int:
    return int(pc.sum(is_so).as_py() or 0)
