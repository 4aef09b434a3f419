"""One table of a feed against the contract, batch by batch; a rejected row names its column, rule and reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.hashing import HashSet, hash_rows
from recsys.cleaning.limits import breaches
from recsys.cleaning.parsing import EXPECTED, landing_schema, parse
from recsys.cleaning.rows import CheckedBatch, Mask, RawBatch, Reject
from recsys.cleaning.standardising.columns import Canonical, Columns, originals_to_keep, standardise
from recsys.errors import ContractError
from recsys.feed.columns import Column, Table
from recsys.feed.contract import TABLES

# These say until when the feed knows; a closing or withdrawal date may well lie ahead of it.
_DATED_COLUMNS = frozenset(
    {"registered_at", "opened_at", "closed_at", "booked_at", "answered_at", "occurred_at", "recorded_at"}
)
_REFERENCED = frozenset(column.references for table in TABLES for column in table.columns if column.references)


@dataclass(frozen=True, slots=True)
class _Problem:
    column: str
    rule: str
    reason: str


class _Verdict:
    """The first problem of each row, as a number into `problems`; -1 for none."""

    def __init__(self, n_rows: int) -> None:
        self.codes: npt.NDArray[np.int32] = np.full(n_rows, -1, dtype=np.int32)
        self.problems: list[_Problem] = []

    def add(self, rows: Mask, problem: _Problem) -> None:
        if rows.any():
            self.codes[rows & (self.codes < 0)] = len(self.problems)
            self.problems.append(problem)

    @property
    def is_good(self) -> Mask:
        return self.codes < 0


class TableValidator:
    """Checks the batches of one table in the order of the file.

    `known` holds the hashes of values that other tables (and, in a delta, earlier loads) have, by `table.column`; what
    this table adds to them is added while it is read. `latest` is the last day that a date may name.
    Keys and references take 16 bytes per row, whatever the length of the values. Of rows with one key the first is
    kept, or all of them where the rows `are_versions` of which a later step takes the newest; `n_repeated` counts them.
    `canonical` has by column the spellings that were accepted to be another value, which they become.
    """

    def __init__(
        self,
        table: Table,
        extras: Iterable[Column],
        *,
        file: str,
        latest: date,
        known: dict[str, HashSet],
        are_versions: bool = False,
        canonical: Canonical | None = None,
    ) -> None:
        self.columns = (*table.columns, *extras)
        self.schema = landing_schema(self.columns)
        self.last_date: date | None = None
        self.n_repeated = 0
        self._are_versions = are_versions
        self._canonical = canonical
        self._table = table
        self._file = file
        self._latest = latest
        self._known = known
        self._keys = HashSet()

    def check(self, raw: RawBatch) -> CheckedBatch:
        """Typed rows that keep the contract, and the others with the first rule that each breaks, as they were found.

        Raises:
            ContractError: a column has an Arrow type that can never become the contract's.
        """
        verdict = _Verdict(len(raw.lines))
        standard = standardise(self.columns, raw.columns, self._canonical)
        values = {column.name: self._check_values(column, standard.values, raw, verdict) for column in self.columns}
        self._check_references(values, verdict)
        self._check_keys(values, verdict)
        batch = pa.RecordBatch.from_arrays(list(values.values()), schema=self.schema)
        kept = batch if verdict.is_good.all() else batch.filter(pa.array(verdict.is_good))
        self._learn(kept)
        rejects = sorted((*raw.rejects, *_rejects(raw, verdict)), key=lambda reject: reject.line)
        changed = standard.among(verdict.is_good)
        counts = {name: int(rows.sum()) for name, rows in changed.items()}
        originals = originals_to_keep(self.columns, raw.columns, standard.values, changed)
        is_good = pa.array(verdict.is_good)
        originals = {name: texts.filter(is_good) for name, texts in originals.items()}
        return CheckedBatch(kept, tuple(rejects), verdict.is_good, counts, originals)

    def _check_values(self, column: Column, columns: Columns, raw: RawBatch, verdict: _Verdict) -> pa.Array:
        found = columns.get(column.name)
        try:
            parsed = parse(column.kind, pa.nulls(len(raw.lines)) if found is None else found)
        except TypeError as error:
            line = int(raw.lines[0]) if len(raw.lines) else 1
            raise ContractError(
                f"{self._file}, line {line}, column {column.name}, rule type: expected {EXPECTED[column.kind]}, "
                f"found a column of {error.args[0].split(' is not ')[0]}.",
                remedy="Write the column as the feed contract has it (docs/feed.md).",
            ) from error
        verdict.add(parsed.wrong, _Problem(column.name, "type", f"expected {EXPECTED[column.kind]}"))
        for breach in breaches(column, parsed.values, self._latest):
            verdict.add(breach.rows, _Problem(column.name, breach.rule, breach.reason))
        return parsed.values

    def _check_references(self, values: Mapping[str, pa.Array], verdict: _Verdict) -> None:
        for column in self.columns:
            if column.references is None:
                continue
            known = self._known.setdefault(column.references, HashSet())
            is_unknown = _is_present(values[column.name]) & ~known.contains(hash_rows([values[column.name]]))
            reason = f"expected a {column.references} that was accepted"
            verdict.add(is_unknown, _Problem(column.name, "unknown_reference", reason))

    def _check_keys(self, values: Mapping[str, pa.Array], verdict: _Verdict) -> None:
        """Of rows with one key the first stays; a row that is rejected anyway leaves its key free."""
        good = np.flatnonzero(verdict.is_good)
        hashes = hash_rows([values[name] for name in self._table.key])[good]
        repeated = np.zeros(len(verdict.codes), dtype=bool)
        repeated[good[self._keys.add(hashes)]] = True
        self.n_repeated += int(repeated.sum())
        if self._are_versions:
            return
        names = ", ".join(self._table.key)
        verdict.add(repeated, _Problem(self._table.key[0], "duplicate_key", f"expected a new ({names})"))

    def _learn(self, kept: pa.RecordBatch) -> None:
        for column in self.columns:
            target = f"{self._table.name}.{column.name}"
            if target in _REFERENCED:
                self._known.setdefault(target, HashSet()).add(hash_rows([kept[column.name]]))
            if column.name in _DATED_COLUMNS and kept.num_rows:
                self._notice_date(pc.max(kept[column.name]).as_py())

    def _notice_date(self, value: date | datetime | None) -> None:
        if value is not None:
            day = value.date() if isinstance(value, datetime) else value
            self.last_date = day if self.last_date is None else max(day, self.last_date)


def _is_present(values: pa.Array) -> Mask:
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), dtype=bool)


def _rejects(raw: RawBatch, verdict: _Verdict) -> list[Reject]:
    bad = np.flatnonzero(~verdict.is_good)
    if not len(bad):
        return []
    rows = pa.table(dict(raw.columns)).take(pa.array(bad)).to_pylist()
    problems = (verdict.problems[code] for code in verdict.codes[bad])
    versions = [""] * len(bad) if raw.versions is None else raw.versions.take(pa.array(bad)).to_pylist()
    return [
        Reject(line, problem.column, problem.rule, problem.reason, row, raw.source, raw.file, version)
        for line, problem, row, version in zip(raw.lines[bad].tolist(), problems, rows, versions, strict=True)
    ]
