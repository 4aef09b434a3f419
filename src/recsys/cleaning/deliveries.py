"""Rows as a source delivers them: what is there, and what it says is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.parsing import EXPECTED, LANDING_TYPES, parse
from recsys.cleaning.rows import CheckedBatch, Mask, RawBatch, Reject
from recsys.cleaning.standardising.columns import standardise
from recsys.cleaning.validation import TableValidator
from recsys.feed.columns import Table

ROW_VERSION = "row_version"
NO_VERSION = ""


class DeliveryValidator:
    """Checks what a source delivers of one table: live rows as `validator` does, of deleted ones only the key.

    Kept rows get a column `row_version`. `deleted` grows by the keys of the deleted rows, see `deletion_schema`.
    """

    def __init__(self, table: Table, validator: TableValidator) -> None:
        self.schema = validator.schema.append(pa.field(ROW_VERSION, pa.string()))
        self.deleted = deletion_schema(table).empty_table()
        self._table = table
        self._validator = validator

    @property
    def n_repeated(self) -> int:
        """Live rows whose key came before."""
        return self._validator.n_repeated

    @property
    def last_date(self) -> date | None:
        """The last day that a kept row names."""
        return self._validator.last_date

    def check(self, raw: RawBatch) -> CheckedBatch:
        """See `TableValidator.check`."""
        deleted, unreadable = deleted_rows(raw, self._table)
        self.deleted = pa.concat_tables([self.deleted, deleted])
        live = live_rows(raw)
        checked = self._validator.check(live)
        versions = versions_of(live).filter(pa.array(checked.is_kept))
        kept = pa.RecordBatch.from_arrays([*checked.kept.columns, versions], schema=self.schema)
        return replace(checked, kept=kept, rejects=(*checked.rejects, *unreadable))


def live_rows(raw: RawBatch) -> RawBatch:
    """`raw` without the rows that the source has deleted."""
    if raw.is_deleted is None or not raw.is_deleted.any():
        return raw
    return _rows(raw, ~raw.is_deleted)


def deleted_rows(raw: RawBatch, table: Table) -> tuple[pa.Table, tuple[Reject, ...]]:
    """The entity keys of the deleted rows with their versions, and the rows whose key cannot be read."""
    if raw.is_deleted is None or not raw.is_deleted.any():
        return deletion_schema(table).empty_table(), ()
    gone = _rows(raw, raw.is_deleted)
    n_rows, columns = len(gone.lines), {}
    found = standardise([table.column(name) for name in table.entity_key], gone.columns).values
    wrong: dict[int, Reject] = {}
    for name in table.entity_key:
        column = table.column(name)
        parsed = parse(column.kind, found.get(name, pa.nulls(n_rows)))
        columns[name] = parsed.values
        is_wrong = parsed.wrong | (_is_missing(parsed.values) & column.required)
        for place in np.flatnonzero(is_wrong).tolist():
            wrong.setdefault(place, _reject(gone, place, name, f"expected {EXPECTED[column.kind]} of a deleted row"))
    keys = pa.table({**columns, ROW_VERSION: versions_of(gone)}, schema=deletion_schema(table))
    is_good = np.ones(n_rows, dtype=bool)
    is_good[list(wrong)] = False
    return keys.filter(pa.array(is_good)), tuple(wrong.values())


def deletion_schema(table: Table) -> pa.Schema:
    """The columns of the keys of deleted rows."""
    key = [(name, LANDING_TYPES[table.column(name).kind]) for name in table.entity_key]
    return pa.schema([*key, (ROW_VERSION, pa.string())])


def versions_of(raw: RawBatch) -> pa.Array:
    """The version of each row (n,), a text that grows with time."""
    if raw.versions is None:
        return pa.repeat(pa.scalar(NO_VERSION), len(raw.lines))
    return pc.fill_null(raw.versions, NO_VERSION)


def _rows(raw: RawBatch, wanted: Mask) -> RawBatch:
    mask = pa.array(wanted)
    return replace(
        raw,
        lines=raw.lines[wanted],
        columns={name: values.filter(mask) for name, values in raw.columns.items()},
        versions=None if raw.versions is None else raw.versions.filter(mask),
        is_deleted=None,
    )


def _reject(gone: RawBatch, place: int, column: str, reason: str) -> Reject:
    row = {name: values[place].as_py() for name, values in gone.columns.items()}
    version = versions_of(gone)[place].as_py()
    return Reject(int(gone.lines[place]), column, "required", reason, row, gone.source, gone.file, version)


def _is_missing(values: pa.Array) -> Mask:
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False), dtype=bool)
