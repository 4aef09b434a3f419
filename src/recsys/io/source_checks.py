"""`recsys sources check`: whether each source answers, and whether a sample of it fits `sources.toml`."""

from __future__ import annotations

import queue
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc

from recsys.cleaning.deliveries import DeliveryValidator, live_rows
from recsys.cleaning.rows import RawBatch
from recsys.cleaning.validation import TableValidator
from recsys.errors import ContractError, RecsysError
from recsys.feed.contract import TABLE_BY_NAME
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
                mapping, validator = ColumnMapping(source, table), _validator(sources, source, table)
                yield _check_in_time(mapping, validator, credentials, seconds, max_bad_row_share)


def _validator(sources: Sources, source: Source, source_table: SourceTable) -> DeliveryValidator:
    """What a load checks rows by, but for what they refer to: a sample does not hold that."""
    table = TABLE_BY_NAME[source_table.name]
    is_alone = len(sources.delivering(table.name)) == 1
    columns = tuple(
        # Of several sources each knows some columns only.
        replace(column, references=None, required=column.required and (is_alone or column.name in table.key))
        for column in table.columns
    )
    checked = replace(table, columns=columns)
    latest = sources.manifest.as_of or datetime.now(UTC).date()
    name, extras = f"{source.name}.{table.name}", sources.manifest.extras(table.name)
    return DeliveryValidator(
        checked, TableValidator(checked, extras, file=name, latest=latest, known={}, are_versions=True)
    )


def _check_in_time(
    mapping: ColumnMapping,
    validator: DeliveryValidator,
    credentials: Credentials,
    seconds: float,
    max_bad_row_share: float,
) -> SourceCheck:
    """A source that hangs is left behind in a thread that ends with this process: nothing else gets away from it."""
    answers: queue.Queue[SourceCheck | BaseException] = queue.Queue()

    def run() -> None:
        try:
            sampled = _Sampled()
            for batch in sample(mapping.source, mapping.table, credentials, SAMPLE_ROWS):
                sampled.add(batch, validator)
            answers.put(_judge(mapping, sampled, max_bad_row_share))
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
    return _crash(mapping.name, answer)


def _refusal(name: str, error: RecsysError) -> SourceCheck:
    message = " ".join(error.message.split()).removeprefix(name).lstrip(":, ").rstrip(".")
    remedy = " ".join(error.remedy.split()).rstrip(".")
    return SourceCheck(name, False, message, remedy[:1].lower() + remedy[1:])


def _crash(name: str, error: BaseException) -> SourceCheck:
    """Messages of others may quote a row or a secret, so only the kind of such an error and its place are shown."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    found = f"its check broke off with {type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
    return SourceCheck(name, False, found, "report it; its message is withheld, because it may quote a row")


@dataclass(slots=True)
class _Sampled:
    """What a load would have made of the rows of a sample, by the columns of the contract; None: of no column."""

    n_rows: int = 0
    bad: Counter[str | None] = field(default_factory=Counter)
    # By column and what was expected of it.
    of_another_type: Counter[tuple[str, str]] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    last: str = ""

    def add(self, batch: RawBatch, validator: DeliveryValidator) -> None:
        rejects = validator.check(batch).rejects
        self.n_rows += len(batch.lines) + len(batch.rejects)
        self.bad.update(reject.column for reject in rejects)
        self.of_another_type.update(
            (reject.column, reject.reason) for reject in rejects if reject.column and reject.rule == "type"
        )
        self.filled.update({name: len(values) - values.null_count for name, values in live_rows(batch).columns.items()})
        # A nested value of JSON is in none of the columns.
        self.filled.update(reject.column for reject in batch.rejects if reject.column and reject.rule == "type")
        if batch.versions is not None and len(batch.versions):
            self.last = max(self.last, pc.max(batch.versions).as_py())


def _judge(mapping: ColumnMapping, sampled: _Sampled, max_bad_row_share: float) -> SourceCheck:
    _refuse_changed(mapping, sampled)
    n_rows, n_bad = sampled.n_rows, sampled.bad.total()
    if n_bad > max_bad_row_share * n_rows:
        found = f"malformed: {n_bad:,} of {n_rows:,} rows sampled, {_most(mapping, sampled.bad)}, more than the "
        remedy = "correct them at the source"
        return SourceCheck(mapping.name, False, f"{found}{max_bad_row_share:.1%} that may", remedy, n_rows)
    cursor = f", cursor {mapping.table.cursor} to {sampled.last[:10]}" if mapping.table.cursor and sampled.last else ""
    bad = f", {n_bad / n_rows:.1%} malformed" if n_bad else ""
    n_filled = sum(1 for n_values in sampled.filled.values() if n_values)
    found = f"{n_rows:,} rows sampled, {n_filled} of {mapping.n_columns} columns{cursor}{bad}"
    return SourceCheck(mapping.name, True, found, n_rows=n_rows)


def _most(mapping: ColumnMapping, bad: Counter[str | None]) -> str:
    """Where most of the trouble lies; of two columns alike, the first."""
    name = bad.most_common(1)[0][0]
    return "most cannot be taken apart" if name is None else f"most in {mapping.table.columns.get(name, name)}"


def _refuse_changed(mapping: ColumnMapping, sampled: _Sampled) -> None:
    for (name, expected), n_wrong in sampled.of_another_type.items():
        if n_wrong > CHANGED_SHARE * sampled.filled[name]:
            raise ContractError(
                f"{mapping.name}: changed type of {mapping.table.columns.get(name, name)}: {expected}, found another "
                f"kind of value in {n_wrong:,} of {sampled.filled[name]:,}.",
                remedy=f"Correct it at the source, or map another column to {name} in sources.toml.",
            )
