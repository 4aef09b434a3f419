"""One row out of what several sources say of the same thing: for each column the first source that has a value wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.rows import Mask


@dataclass(frozen=True, slots=True)
class SourceRows:
    """What one source has for `n` entities: its `columns` (n,), and where it has a row at all, `has_row` (n,)."""

    columns: Mapping[str, pa.Array]
    has_row: Mask


@dataclass(frozen=True, slots=True)
class MergedRows:
    """`columns` (n,) put together, and `exists` (n,): whether the source that decides has a row."""

    columns: Mapping[str, pa.Array]
    exists: Mask


def merge_sources(
    rows: Mapping[str, SourceRows], order: Sequence[str], column_orders: Mapping[str, Sequence[str]]
) -> MergedRows:
    """`rows` of all sources by name, put together.

    `order` names the sources from the first winner to the last; the first of them decides whether a row exists.
    `column_orders` has another order for single columns; sources that it leaves out follow in the general order.
    """
    names = list(dict.fromkeys(name for source in order for name in rows[source].columns))
    merged = {}
    for name in names:
        winners = [*column_orders.get(name, ()), *order]
        candidates = [rows[source].columns[name] for source in dict.fromkeys(winners) if name in rows[source].columns]
        merged[name] = pc.coalesce(*candidates)
    return MergedRows(merged, np.asarray(rows[order[0]].has_row))
