"""A whole feed against the contract, table by table, and what was found in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import pyarrow as pa

from recsys.cleaning.hashing import HashSet
from recsys.cleaning.parsing import landing_schema
from recsys.cleaning.rows import CheckedBatch, RawBatch, Reject
from recsys.cleaning.standardising.columns import Canonical
from recsys.cleaning.validation import TableValidator
from recsys.errors import ContractError, FeedError
from recsys.io.erased_rows import ErasedRows
from recsys.io.feed_files import Feed, FeedFile
from recsys.types import JSON, Progress, no_progress

KEPT_PROBLEMS = 20


class Waiting(Protocol):
    """Rows of one table that are tried again behind its own."""

    def notice(self, checked: CheckedBatch) -> None:
        """See what the feed itself has."""

    def check(self, check: Callable[[RawBatch], CheckedBatch]) -> Iterator[CheckedBatch]:
        """What may flow in, as `check` finds it."""
        ...


@dataclass(slots=True)
class TableReport:
    """What one table held. `problems` are the first rejected rows, without their values.

    `n_repaired` rows came from quarantine, beside those of the file; `n_erased` rows of erased customers were left out.
    """

    file: FeedFile
    n_kept: int = 0
    n_repaired: int = 0
    n_rejected: int = 0
    n_erased: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    standardised: Counter[str] = field(default_factory=Counter)
    problems: list[Reject] = field(default_factory=list)
    last_date: date | None = None

    @property
    def n_read(self) -> int:
        """Rows in the file."""
        return self.n_kept + self.n_rejected

    @property
    def counts(self) -> dict[str, JSON]:
        """Rows read, kept, quarantined, the quarantined by rule, and the standardised values by column."""
        repaired: dict[str, JSON] = {"repaired": self.n_repaired} if self.n_repaired else {}
        return {
            "read": self.n_read,
            "kept": self.n_kept + self.n_repaired,
            "quarantined": self.n_rejected,
            "rules": dict(sorted(self.by_rule.items())),
            "standardised": dict(sorted(self.standardised.items())),
            **repaired,
            **({"erased": self.n_erased} if self.n_erased else {}),
        }

    def add(self, checked: CheckedBatch) -> None:
        """Count a batch."""
        self.n_kept += checked.kept.num_rows
        self.n_rejected += len(checked.rejects)
        self.by_rule.update(reject.rule for reject in checked.rejects)
        self.standardised.update(checked.standardised)
        self.problems.extend(checked.rejects[: KEPT_PROBLEMS - len(self.problems)])

    def check_share(self, max_bad_row_share: float, mode: str, *, allowed: int = 0) -> None:
        """Raise `ContractError` where too many rows are bad, or a required table of a full feed holds none.

        `allowed` bad rows never are too many: a delivery may consist of three rows.
        """
        # A bad row whose repair has flowed in is no trouble any more.
        if self.n_rejected - self.n_repaired > max(max_bad_row_share * self.n_read, allowed):
            first = self.problems[0]
            raise ContractError(
                f"{self.file.name}: {self.n_rejected:,} of {self.n_read:,} rows break the feed contract, more than the "
                f"{max_bad_row_share:.1%} that may. The first: {describe(self.file, first)}.",
                remedy="Correct the file and deliver it again; `recsys feed check` lists what it finds. "
                "RECSYS_MAX_BAD_ROW_SHARE sets the share.",
            )
        if self.file.table.required and not self.n_read and mode == "full":
            raise ContractError(
                f"{self.file.name}, line 2, rule empty_table: the required table has no row.",
                remedy="Deliver the file with its rows.",
            )


def summed(reports: Sequence[TableReport]) -> dict[str, JSON]:
    """The counts of one table that was read in several goes, of which the last is what was kept."""
    rules = sum((report.by_rule for report in reports), Counter[str]())
    standardised = sum((report.standardised for report in reports), Counter[str]())
    return {
        "read": sum(report.n_read for report in (reports[:-1] or reports)),
        "kept": reports[-1].n_kept + reports[-1].n_repaired,
        "quarantined": sum(report.n_rejected for report in reports),
        "rules": dict(sorted(rules.items())),
        "standardised": dict(sorted(standardised.items())),
        **({"erased": n_erased} if (n_erased := sum(report.n_erased for report in reports)) else {}),
    }


def describe(file: FeedFile, reject: Reject) -> str:
    """Where a row is and what is wrong with it, without its values."""
    where = f"{file.name}, line {reject.line}"
    where += f", column {reject.column}" if reject.column else ""
    return f"{where}, rule {reject.rule}: {reject.reason}"


class FeedCheck:
    """Reads the tables of one feed in the contract's order, so that references find what they name.

    `latest` is the last day that a date may name; `known` holds what earlier loads brought, for a delta;
    `canonical` by table what spellings become; `erased` leaves out whose data was erased.
    """

    def __init__(
        self,
        feed: Feed,
        latest: date,
        known: dict[str, HashSet] | None = None,
        canonical: Mapping[str, Canonical] | None = None,
        erased: ErasedRows | None = None,
    ) -> None:
        self._feed = feed
        self._erased = erased
        self._latest = latest
        self._known = known if known is not None else {}
        self._canonical = canonical or {}

    def schema(self, file: FeedFile) -> pa.Schema:
        """Names and types of the kept rows of a table: the contract's columns, then those that the bank declares."""
        return landing_schema((*file.table.columns, *self._feed.manifest.extras(file.table.name)))

    def validator(self, file: FeedFile) -> TableValidator:
        """What checks the rows of a table."""
        extras = self._feed.manifest.extras(file.table.name)
        return TableValidator(
            file.table,
            extras,
            file=file.name,
            latest=self._latest,
            known=self._known,
            canonical=self._canonical.get(file.table.name),
        )

    def batches(
        self, report: TableReport, progress: Progress = no_progress, waiting: Waiting | None = None
    ) -> Iterator[CheckedBatch]:
        """Checked batches of one table, then of what was `waiting`; `report` is up to date whenever one comes."""
        file = report.file
        validator = self.validator(file)
        with self._feed.rows(file) as rows:
            for raw in rows.batches():
                checked = validator.check(self._without_erased(raw, report))
                if self._erased is not None:
                    self._erased.notice(file.table, checked.kept)
                report.add(checked)
                report.last_date = validator.last_date
                if waiting is not None:
                    waiting.notice(checked)
                progress(report.n_read, None, file.table.name)
                yield checked
        for checked in waiting.check(self.waiting_check(file, validator)) if waiting is not None else ():
            report.n_repaired += checked.kept.num_rows
            report.last_date = validator.last_date
            yield checked

    def waiting_check(
        self, file: FeedFile, validator: TableValidator | None = None
    ) -> Callable[[RawBatch], CheckedBatch]:
        """What checks rows that waited in quarantine, without those of who was erased meanwhile."""
        check = (validator or self.validator(file)).check
        return check if self._erased is None else self._erased.filtered(file.table, check)

    def _without_erased(self, raw: RawBatch, report: TableReport) -> RawBatch:
        if self._erased is None:
            return raw
        known = self._erased.without(report.file.table, raw)
        report.n_erased = self._erased.counts[report.file.table.name]
        return known


@dataclass(frozen=True, slots=True)
class FeedReport:
    """What a check without a database found; `errors` are what would stop a run."""

    tables: list[TableReport]
    errors: list[FeedError]


def check_feed(feed: Feed, today: date, max_bad_row_share: float) -> FeedReport:
    """Check every table of `feed` and keep nothing but counts and problems."""
    check = FeedCheck(feed, feed.manifest.as_of or today)
    report = FeedReport([TableReport(file) for file in feed.files], [])
    for table in report.tables:
        try:
            for _ in check.batches(table):
                pass
            table.check_share(max_bad_row_share, feed.manifest.mode)
        except FeedError as error:
            report.errors.append(error)
    return report
