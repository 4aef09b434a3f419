"""Rows that break the contract, each in one known way. They are additions: no good row is lost with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from recsys.feed.demo.arrays import Ints, numbered, pick

FAULT_SHARE = 0.001  # of a table's rows, for each fault


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to be wrong: the rule that finds it, and what stands in the column (nothing: the row is a plain copy)."""

    column: str
    rule: str
    values: tuple[str | None, ...] = ()


FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "customers": (
        Fault("birth_date", "type", ("1985-02-30", "1979-13-07", "unknown")),
        Fault("annual_income", "range", ("-12000.00", "-1.00")),
        Fault("registered_at", "future_date", ("2199-01-01",)),
        Fault("customer_id", "duplicate_key"),
    ),
    "holdings": (
        Fault("product_id", "unknown_reference", ("golden_cow", "CURRENT ACCOUNT")),
        Fault("customer_id", "unknown_reference", ("C99999999",)),
        Fault("closed_at", "type", ("2026-02-31", "soon")),
        Fault("customer_id", "duplicate_key"),
    ),
    "transactions": (
        Fault("booked_at", "type", ("2026-13-01", "yesterday")),
        Fault("amount", "type", ("12,50", "1.000,00 EUR")),
        Fault("amount", "required", (None,)),
        Fault("transaction_id", "duplicate_key"),
    ),
    "surveys": (
        Fault("risk_tolerance", "range", ("9", "0")),
        Fault("answered_at", "future_date", ("2199-12-31 10:00:00",)),
    ),
    "consents": (
        Fault("purpose", "choice", ("newsletter",)),
        Fault("is_granted", "type", ("maybe",)),
    ),
    "interactions": (
        Fault("event_type", "choice", ("hover",)),
        Fault("product_id", "unknown_reference", ("golden_cow",)),
    ),
}


TRUTH_SCHEMA = pa.schema([("table", pa.string()), ("row", pa.int64()), ("column", pa.string()), ("rule", pa.string())])
_IDS = {
    "customers": "customer_id",
    "transactions": "transaction_id",
    "surveys": "response_id",
    "interactions": "event_id",
}


def add_faults(rng: np.random.Generator, name: str, rows: pa.Table, first: int) -> tuple[pa.Table, pa.Table]:
    """`rows` with faulty copies of some at the end, and the truth: their places in the result, columns and rules.

    Columns that hold faults become texts in the whole table. `first` keeps the new ids of blocks apart.
    """
    faults = FAULTS.get(name, ())
    places = [rng.integers(0, rows.num_rows, max(1, round(rows.num_rows * FAULT_SHARE))) for _ in faults]
    rows = _as_texts(rows, {fault.column for fault in faults if fault.values})
    copies, truth, n_new = [rows], [], 0
    for fault, place in zip(faults, places, strict=True):
        # A repeated key is told from its first row, so it may be taken only once.
        place = np.unique(place) if not fault.values else place
        copies.append(_faulty(rng, name, rows.take(pa.array(place)), fault, first * 100 + n_new))
        truth.append(_truth(name, fault, rows.num_rows + n_new, len(place)))
        n_new += len(place)
    return pa.concat_tables(copies), pa.concat_tables(truth) if truth else TRUTH_SCHEMA.empty_table()


def _faulty(rng: np.random.Generator, name: str, copies: pa.Table, fault: Fault, first: int) -> pa.Table:
    """`copies` with one fault each, and an id of their own where the table has ids."""
    n = copies.num_rows
    if not fault.values:
        return copies
    if name in _IDS:
        copies = _set(copies, _IDS[name], numbered("X", first + np.arange(n), 11))
    return _set(copies, fault.column, pick(fault.values, rng.integers(0, len(fault.values), n)))


def _truth(name: str, fault: Fault, first: int, n: int) -> pa.Table:
    zeros: Ints = np.zeros(n, np.int64)
    columns = [
        pick([name], zeros),
        pa.array(first + np.arange(n)),
        pick([fault.column], zeros),
        pick([fault.rule], zeros),
    ]
    return pa.Table.from_arrays(columns, schema=TRUTH_SCHEMA)


def _as_texts(rows: pa.Table, columns: set[str]) -> pa.Table:
    for name in columns:
        rows = _set(rows, name, rows[name].cast(pa.string()))
    return rows


def _set(rows: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), name, values)
