"""Rows of erased customers on their way in: they are left out, and only counted, unless the customer came back.

A customer came back who has registered after the day of the erasure; then rows come in that are dated after that day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.parsing import parse
from recsys.cleaning.rows import CheckedBatch, Mask, RawBatch, Reject
from recsys.cleaning.standardising.columns import standardise
from recsys.feed.columns import Table
from recsys.feed.contract import CUSTOMERS
from recsys.privacy.keys import pseudonyms
from recsys.privacy.requests import TOMBSTONE_DOMAIN

# The day that a row is of.
DATED_BY: Mapping[str, str] = {
    "customers": "registered_at",
    "holdings": "opened_at",
    "transactions": "booked_at",
    "surveys": "answered_at",
    "consents": "recorded_at",
    "interactions": "occurred_at",
}
Check: TypeAlias = Callable[[RawBatch], CheckedBatch]
_OWNER = "customer_id"
_TOKENS = re.compile(r"[^\s,;|\"'{}\[\]]+")


class ErasedRows:
    """Leaves rows of customers with a tombstone out of a feed, table after table in the contract's order.

    `tombstones` hold by hash the day of erasure and whether the customer was known to be back. `counts` are rows left
    out by table, `returned` the customers who came back in this feed, by hash with the day of their registration: those
    of whom a row was kept, for a mistyped day brings nobody back.
    A bank without tombstones pays nothing; otherwise each distinct id of a batch is hashed once.
    """

    def __init__(self, tombstones: Mapping[str, tuple[date, bool]], key: bytes) -> None:
        self.counts: Counter[str] = Counter()
        self.returned: dict[str, date] = {}
        self._erased_on = {hashed: day for hashed, (day, _) in tombstones.items()}
        self._back = {hashed for hashed, (_, is_back) in tombstones.items() if is_back}
        self._registering: dict[str, date] = {}
        self._key = key

    def without(self, table: Table, raw: RawBatch) -> RawBatch:
        """`raw` without rows of erased customers, and without unreadable rows that name one."""
        if not self._erased_on or _OWNER not in table.column_names:
            return raw
        rejects = tuple(reject for reject in raw.rejects if not self._names_erased(reject))
        stays = self._stays(table, raw)
        self.counts[table.name] += int((~stays).sum()) + len(raw.rejects) - len(rejects)
        if stays.all():
            return raw if len(rejects) == len(raw.rejects) else replace(raw, rejects=rejects)
        mask = pa.array(stays)
        return replace(
            raw,
            lines=raw.lines[stays],
            columns={name: values.filter(mask) for name, values in raw.columns.items()},
            rejects=rejects,
            versions=None if raw.versions is None else raw.versions.filter(mask),
            is_deleted=None if raw.is_deleted is None else raw.is_deleted[stays],
        )

    def notice(self, table: Table, kept: pa.RecordBatch) -> None:
        """See which rows were kept of what was left of a batch."""
        if table is not CUSTOMERS or not self._registering or not kept.num_rows:
            return
        found = set(pseudonyms(_texts(kept.column(_OWNER)), self._key, TOMBSTONE_DOMAIN).to_pylist())
        for hashed in found & self._registering.keys():
            self._back.add(hashed)
            self.returned.setdefault(hashed, self._registering[hashed])

    def filtered(self, table: Table, check: Check) -> Check:
        """`check` for rows that waited in quarantine, whose lines are their places: those of erased customers stay."""

        def checked(raw: RawBatch) -> CheckedBatch:
            left = self.without(table, raw)
            found = check(left)
            self.notice(table, found.kept)
            is_kept = np.zeros(len(raw.lines), dtype=bool)
            is_kept[left.lines] = found.is_kept
            return replace(found, is_kept=is_kept)

        return checked

    def _stays(self, table: Table, raw: RawBatch) -> Mask:
        stays = np.ones(len(raw.lines), dtype=bool)
        if _OWNER not in raw.columns or not len(raw.lines):
            return stays
        found = pseudonyms(_texts(raw.columns[_OWNER]), self._key, TOMBSTONE_DOMAIN)
        is_erased = pc.is_in(found, value_set=pa.array(list(self._erased_on), pa.string()))
        places = np.flatnonzero(is_erased.to_numpy(zero_copy_only=False))
        if not len(places):
            return stays
        days = self._days(table, raw, places)
        hashes = found.take(pa.array(places)).to_pylist()
        for place, hashed, day in zip(places.tolist(), hashes, days, strict=True):
            stays[place] = self._is_let_in(table, hashed, day)
        return stays

    def _is_let_in(self, table: Table, hashed: str, day: date | None) -> bool:
        is_later = day is not None and day > self._erased_on[hashed]
        if table is not CUSTOMERS:
            return is_later and hashed in self._back
        if day is None:
            # Of several sources one knows the day of registration, and has spoken before.
            return hashed in self._back
        if is_later:
            self._registering.setdefault(hashed, day)
        return is_later

    def _days(self, table: Table, raw: RawBatch, places: np.ndarray[Any, Any]) -> list[date | None]:
        name = DATED_BY[table.name]
        if name not in raw.columns:
            return [None] * len(places)
        column = table.column(name)
        values = {name: raw.columns[name].take(pa.array(places))}
        parsed = parse(column.kind, standardise([column], values).values[name]).values
        return [None if value is None else date(value.year, value.month, value.day) for value in parsed.to_pylist()]

    def _names_erased(self, reject: Reject) -> bool:
        """Whether a row that could not be taken apart holds the id of an erased customer."""
        tokens = sorted({token for text in _strings(reject.row) for token in _TOKENS.findall(text)})
        return any(hashed in self._erased_on for hashed in pseudonyms(tokens, self._key, TOMBSTONE_DOMAIN).to_pylist())


def _texts(values: pa.Array) -> pa.Array:
    return values.cast(pa.string())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif value is not None:
        yield str(value)
