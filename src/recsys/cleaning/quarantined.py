"""Rejected rows as what they are compared by: one text for a content, and sets of keys that wait."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from recsys.cleaning.deliveries import NO_VERSION, ROW_VERSION
from recsys.cleaning.hashing import HashSet, hash_rows
from recsys.cleaning.parsing import parse
from recsys.cleaning.rows import RawBatch
from recsys.cleaning.standardising.columns import standardise
from recsys.feed.columns import Kind, Table


def content_text(row: Mapping[str, Any]) -> str:
    """The row as one text: the same for the same values, in whatever order and beside whichever empty columns."""
    filled = {name: value for name, value in row.items() if value is not None and value != ""}
    return json.dumps(filled, sort_keys=True, ensure_ascii=False, default=str)


def feed_texts(table: Table, row: Mapping[str, Any]) -> dict[str, str | None]:
    """The values of a row as a CSV file of the contract would have them."""
    kinds = {column.name: column.kind for column in table.columns}
    return {name: _text(value, kinds.get(name)) for name, value in row.items()}


def as_batch(table: Table, rows: Sequence[Mapping[str, Any]], *, source: str, versions: Sequence[str]) -> RawBatch:
    """Rows that come from quarantine as a batch for the validation; their lines are their places in `rows`."""
    texts = [feed_texts(table, row) for row in rows]
    names = dict.fromkeys(name for row in texts for name in row)
    return RawBatch(
        lines=np.arange(len(rows), dtype=np.int64),
        columns={name: pa.array([row.get(name) for row in texts], pa.string()) for name in names},
        source=source,
        file="quarantine",
        versions=pa.array(versions, pa.string()),
    )


@dataclass(frozen=True, slots=True)
class WaitingKey:
    """The key columns of a row that waits, what it is known by, and its version."""

    content: bytes
    row: Mapping[str, Any]
    version: str


class WaitingKeys:
    """Finds the rows that wait for a repair and need none any more: a good one with their key has come.

    Keys are compared as typed values, so it does not matter how a date or a number was written.
    """

    def __init__(self, table: Table, waiting: Iterable[WaitingKey]) -> None:
        self.superseded: set[bytes] = set()
        self._key = table.key
        self._set = HashSet()
        self._waiting: dict[bytes, list[WaitingKey]] = {}
        keys = list(waiting)
        if keys:
            for key, digest in zip(keys, _key_hashes(table, keys), strict=True):
                if digest is not None:
                    self._waiting.setdefault(digest, []).append(key)
        if self._waiting:
            self._set.add(np.array([np.frombuffer(digest, np.uint64) for digest in self._waiting]))

    def notice(self, kept: pa.RecordBatch) -> None:
        """Look through rows that were kept; those that are older than the row that waits do not count."""
        if not self._waiting or not kept.num_rows:
            return
        hashes = hash_rows([kept.column(name) for name in self._key])
        for place in np.flatnonzero(self._set.contains(hashes)).tolist():
            version = kept.column(ROW_VERSION)[place].as_py() if ROW_VERSION in kept.schema.names else None
            for key in self._waiting[hashes[place].tobytes()]:
                if version is None or (version or NO_VERSION) >= key.version:
                    self.superseded.add(key.content)


def _key_hashes(table: Table, keys: Sequence[WaitingKey]) -> list[bytes | None]:
    texts = [feed_texts(table, {name: key.row.get(name) for name in table.key}) for key in keys]
    found = {name: pa.array([text[name] for text in texts], pa.string()) for name in table.key}
    found = dict(standardise([table.column(name) for name in table.key], found).values)
    columns, is_readable = [], np.ones(len(keys), dtype=bool)
    for name in table.key:
        column = table.column(name)
        parsed = parse(column.kind, found[name])
        is_missing = np.asarray(parsed.values.is_null().to_numpy(zero_copy_only=False))
        is_readable &= ~(parsed.wrong | (is_missing & column.required))
        columns.append(parsed.values)
    return [row.tobytes() if good else None for row, good in zip(hash_rows(columns), is_readable, strict=True)]


def _text(value: Any, kind: Kind | None) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "|".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    # A day that a Parquet file holds as a time.
    return text.removesuffix(" 00:00:00") if kind is Kind.DATE else text
