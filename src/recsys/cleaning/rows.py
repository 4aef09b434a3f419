"""Rows of a feed on their way through validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Lines: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that goes to quarantine. `reason` says what was expected; only `row` holds what was found.

    `source`, `file` and `version` are those of the batch that it came in.
    """

    line: int
    column: str | None
    rule: str
    reason: str
    row: Mapping[str, Any]
    source: str = ""
    file: str = ""
    version: str = ""

    @property
    def customer_id(self) -> str | None:
        """Whose row it is, where that can be told."""
        value = self.row.get("customer_id")
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Rows as a file holds them: texts from CSV and JSON Lines, typed values from Parquet.

    `lines` (n,) int64 is the line on which each row begins (in Parquet the row number), `columns` holds (n,) arrays,
    `rejects` the rows that could not be taken apart. `source` is the name of the source that delivered them, and `file`
    the file, table or path there; both are empty for the one file of a folder's table. `versions` (n,) string tells
    which of two rows with one key is newer: it is compared byte by byte, and of equal ones the later row is newer.
    `is_deleted` (n,) marks rows that the source has deleted: of them only the key counts.
    """

    lines: Lines
    columns: Mapping[str, pa.Array]
    rejects: tuple[Reject, ...] = ()
    source: str = ""
    file: str = ""
    versions: pa.Array | None = None
    is_deleted: Mask | None = None


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """What validation makes of a `RawBatch`: typed rows to keep, and rows to reject in the order of their lines.

    `is_kept` (n,) says which rows of the raw batch are the kept ones. `standardised` counts by column the kept values
    that were brought to their standard; `originals` holds by column, (n_kept,), what stood there before and must stay
    with the bank (null: nothing).
    """

    kept: pa.RecordBatch
    rejects: tuple[Reject, ...]
    is_kept: Mask
    standardised: Mapping[str, int] = field(default_factory=dict)
    originals: Mapping[str, pa.Array] = field(default_factory=dict)
