"""`recsys sources check`: whether each source answers, and whether a sample of it fits `sources.toml`."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from recsys.cleaning.parsing import EXPECTED, parse
from recsys.cleaning.rows import RawBatch
from recsys.errors import ContractError, RecsysError
from recsys.feed.contract import TABLE_BY_NAME, Column
from recsys.feed.manifest import Manifest
from recsys.feed.sources import Source, Sources, SourceTable
from recsys.io.sources.credentials import Credentials
from recsys.io.sources.mapping import ColumnMapping
from recsys.io.sources.opening import prepare, sample
from recsys.io.sources.troubles import slow

SAMPLE_ROWS = 1_000
# A column whose values are mostly of another kind has changed; single ones are malformed.
CHANGED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What was found at one source's table, in one line, and what to do where it does not fit."""

    name: str
    fits: bool
    found: str
    remedy: str = ""
    n_rows: int = 0

    @property
    def line(self) -> str:
        """The whole in one line."""
        verdict = "ok" if self.fits else "does not fit"
        return f"{self.name}  {verdict}: {self.found}" + (f": {self.remedy}" if self.remedy else "")


def check_sources(
    sources: Sources, name: str | None, credentials: Credentials, seconds: float, max_bad_row_share: float
) -> Iterator[SourceCheck]:
    """A check of each table of the source called `name`, or of all; each ends within `seconds`."""
    prepare()
    for source in sources.sources:
        if name is None or source.name == name:
            for table in source.tables:
                yield _check_in_time(source, table, sources.manifest, credentials, seconds, max_bad_row_share)


def _check_in_time(
    source: Source,
    table: SourceTable,
    manifest: Manifest,
    credentials: Credentials,
    seconds: float,
    max_bad_row_share: float,
) -> SourceCheck:
    """A source that hangs is left behind in a thread that ends with this process: nothing else gets away from it."""
    answers: queue.Queue[SourceCheck | BaseException] = queue.Queue()
    mapping = ColumnMapping(source, table)

    def run() -> None:
        try:
            batches = list(sample(source, table, credentials, SAMPLE_ROWS))
            answers.put(_judge(mapping, manifest, batches, max_bad_row_share))
        except BaseException as error:
            answers.put(error)

    threading.Thread(target=run, name=f"check of {mapping.name}", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        answer = slow(mapping, seconds)
    if isinstance(answer, SourceCheck):
        return answer
    if isinstance(answer, RecsysError):
        return _refusal(mapping.name, answer)
    raise answer


def _refusal(name: str, error: RecsysError) -> SourceCheck:
    message = " ".join(error.message.split()).removeprefix(f"{name}: ").rstrip(".")
    remedy = " ".join(error.remedy.split()).rstrip(".")
    return SourceCheck(name, False, message, remedy[:1].lower() + remedy[1:])


def _judge(
    mapping: ColumnMapping, manifest: Manifest, batches: Iterable[RawBatch], max_bad_row_share: float
) -> SourceCheck:
    table = TABLE_BY_NAME[mapping.table.name]
    declared = {column.name: column for column in (*table.columns, *manifest.extras(table.name))}
    n_rows = n_bad = 0
    wrong, filled = Counter[str](), Counter[str]()
    names: set[str] = set()
    last = ""
    for batch in batches:
        n_rows += len(batch.lines) + len(batch.rejects)
        n_bad += len(batch.rejects) + _count(batch, declared, wrong, filled)
        names.update(name for name, values in batch.columns.items() if values.null_count < len(values))
        if batch.versions is not None and len(batch.versions):
            last = max(last, pc.max(batch.versions).as_py())
    _refuse_changed(mapping, declared, wrong, filled)
    if n_bad > max_bad_row_share * n_rows:
        most = f", most in {mapping.table.columns.get(*[wrong.most_common(1)[0][0]] * 2)}" if wrong else ""
        found = f"malformed: {n_bad:,} of {n_rows:,} rows sampled{most}, more than the {max_bad_row_share:.1%} that may"
        return SourceCheck(mapping.name, False, found, "correct them at the source", n_rows)
    cursor = f", cursor {mapping.table.cursor} to {last[:10]}" if mapping.table.cursor and last else ""
    bad = f", {n_bad / n_rows:.1%} malformed" if n_bad else ""
    found = f"{n_rows:,} rows sampled, {len(names)} of {mapping.n_columns} columns{cursor}{bad}"
    return SourceCheck(mapping.name, True, found, n_rows=n_rows)


def _count(batch: RawBatch, declared: dict[str, Column], wrong: Counter[str], filled: Counter[str]) -> int:
    """Rows with a value that is not of its column's kind, or without one where the contract needs it."""
    is_bad = np.zeros(len(batch.lines), dtype=bool)
    is_kept = np.ones(len(batch.lines), dtype=bool) if batch.is_deleted is None else ~batch.is_deleted
    for name, values in batch.columns.items():
        parsed = parse(declared[name].kind, values)
        wrong[name] += int(parsed.wrong.sum())
        filled[name] += len(values) - values.null_count
        is_bad |= parsed.wrong
        if declared[name].required:
            is_bad |= np.asarray(parsed.values.is_null())
    return int((is_bad & is_kept).sum())


def _refuse_changed(
    mapping: ColumnMapping, declared: dict[str, Column], wrong: Counter[str], filled: Counter[str]
) -> None:
    for name, n_wrong in wrong.items():
        if n_wrong and n_wrong > CHANGED_SHARE * filled[name]:
            origin = mapping.table.columns.get(name, name)
            raise ContractError(
                f"{mapping.name}: changed type of {origin}: expected {EXPECTED[declared[name].kind]}, found another "
                f"kind of value in {n_wrong:,} of {filled[name]:,}.",
                remedy=f"Correct it at the source, or map another column to {name} in sources.toml.",
            )
