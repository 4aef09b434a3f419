"""What taking deliveries of sources in has in common, whether one source delivers a table or several do."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from recsys.cleaning.deliveries import DeliveryValidator
from recsys.cleaning.hashing import HashSet
from recsys.cleaning.rows import CheckedBatch, RawBatch
from recsys.cleaning.standardising.columns import Canonical
from recsys.cleaning.validation import TableValidator
from recsys.errors import ContractError
from recsys.feed.columns import Table
from recsys.feed.contract import CUSTOMERS, TABLE_BY_NAME
from recsys.feed.manifest import Manifest
from recsys.feed.sources import Source, Sources, SourceTable
from recsys.io.erased_rows import ErasedRows
from recsys.io.feed_checks import TableReport
from recsys.io.feed_files import FeedFile
from recsys.io.landing import DELETIONS, write_landing
from recsys.io.loads import Load, Progress
from recsys.io.quarantine_waiting import note_replaced
from recsys.io.source_rows import has_source_rows
from recsys.io.sources.delivery import Delivery, Since
from recsys.io.sources.opening import open_delivery
from recsys.steps.context import StepContext
from recsys.steps.ingestion.intake import Connections, set_aside, today
from recsys.steps.ingestion.waiting_rows import WaitingRows

# A delivery may consist of a few rows, of which one that is bad is no reason to stop.
FEW_BAD_ROWS = 10


@dataclass
class SourceTaking:
    """One run's way through the tables: what it was given, and what it has come to so far.

    `known` grows by the ids that other tables may refer to, `repeated` and `deleted` by the rows of each table.
    """

    context: StepContext
    connections: Connections
    sources: Sources
    manifest: Manifest
    progress: Mapping[tuple[str, str], Progress]
    canonical: Mapping[str, Canonical]
    erased: ErasedRows
    known: dict[str, HashSet] = field(default_factory=dict)
    reports: list[TableReport] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    repeated: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)

    @property
    def is_delta(self) -> bool:
        """Whether the sources have filled `raw` before."""
        return self.manifest.mode == "delta"

    def is_put_together(self, table: Table) -> bool:
        """Whether rows are kept per source: where several know of one thing, and for customers without a history.

        Who a customer is and what is sealed of them then always follows the newest version, in whatever order it came.
        """
        delivering = self.sources.delivering(table.name)
        has_history = any("valid_from" in source_table.columns for _, source_table in delivering)
        return len(delivering) > 1 or (table is CUSTOMERS and not has_history)

    def open(self, source: Source, source_table: SourceTable) -> Delivery:
        """What the source has since the last load."""
        progress = self.progress.get((source.name, source_table.name))
        since = progress.since if progress else Since()
        table = TABLE_BY_NAME[source_table.name]
        if self.is_put_together(table) and not has_source_rows(self.connections.main, table, source.name):
            # A second source has come, and nothing is kept of what the first has said: let it say it again.
            since = Since()
        return open_delivery(source, source_table, since, self.context.credentials)

    def report(self, table: Table, label: str) -> TableReport:
        """The report of one delivery, or of what several make together."""
        report = TableReport(FeedFile(table, label, ""))
        self.reports.append(report)
        return report

    def validator(
        self,
        table: Table,
        label: str,
        known: dict[str, HashSet],
        canonical: Canonical | None = None,
        *,
        are_versions: bool = False,
    ) -> DeliveryValidator:
        """What checks the rows of a table; `known` holds the ids that they may refer to."""
        extras = self.manifest.extras(table.name)
        latest = self.manifest.as_of or today()
        validator = TableValidator(
            table, extras, file=label, latest=latest, known=known, are_versions=are_versions, canonical=canonical
        )
        return DeliveryValidator(table, validator)

    def waiting(self, table: Table, *sources: str) -> WaitingRows:
        """What waits in quarantine of rows that `sources` have delivered."""
        return WaitingRows(self.context, self.connections.main, table, is_delta=self.is_delta, sources=sources)

    def checked(
        self,
        table: Table,
        raws: Iterable[RawBatch],
        validator: DeliveryValidator,
        report: TableReport,
        waiting: WaitingRows,
        *,
        are_parts: bool = False,
    ) -> Iterator[CheckedBatch]:
        """Checked batches, then those of what was waiting; bad rows are set aside on the way.

        `are_parts`: they are to be put together with those of other sources.
        """

        def batches() -> Iterator[CheckedBatch]:
            for raw in raws:
                before = self.erased.counts[table.name]
                batch = validator.check(self.erased.without(table, raw))
                self.erased.notice(table, batch.kept)
                report.n_erased += self.erased.counts[table.name] - before
                report.add(batch)
                report.last_date = validator.last_date
                waiting.notice(batch)
                self.context.progress(report.n_read, None, report.file.name)
                yield batch
            for batch in waiting.check(self.erased.filtered(table, validator.check)):
                report.n_repaired += batch.kept.num_rows
                report.last_date = validator.last_date
                yield batch

        yield from set_aside(self.context, self.connections, table.name, batches(), are_parts=are_parts)
        self._add_load(waiting)

    def deletes_absent(self, table: Table, source_table: SourceTable, delivery: Delivery, report: TableReport) -> bool:
        """Whether all rows that did not come were deleted at the source.

        A row that came and was bad is not gone, so then nothing is deleted. That all are gone is not believed.
        """
        if not (delivery.is_complete and source_table.deletes_absent) or report.n_rejected:
            return False
        if not report.n_read and self.is_delta:
            raise ContractError(
                f"{report.file.name}: rule empty_table: a complete delivery of {table.name} without any row.",
                remedy="Look whether the source is being filled just now. If all are gone, let it mark them so.",
            )
        return True

    def check_share(self, report: TableReport, *, is_whole: bool = True) -> None:
        """Raise `ContractError` where too many rows are bad, or the whole of a required table holds none."""
        mode = self.manifest.mode if is_whole else "delta"
        report.check_share(self.context.settings.max_bad_row_share, mode, allowed=FEW_BAD_ROWS)

    def finish(
        self, load: Load, delivery: Delivery, report: TableReport, validator: DeliveryValidator, began: float
    ) -> None:
        """Note what a delivery has come to, now that it is at its end."""
        self.loads.append(load)
        load.n_read = report.n_read + validator.deleted.num_rows
        load.n_kept, load.n_quarantined = report.n_kept, report.n_rejected
        load.watermark, load.files = delivery.watermark, delivery.files
        # A plain hash of few rows could be undone by guessing them.
        key = self.context.database.secrets.key("pseudonym_key")
        load.fingerprint = hmac.digest(key, delivery.fingerprint.encode(), "sha256").hex()
        load.seconds = time.monotonic() - began
        # Of what is delivered anew, the bad rows of before are there again or gone.
        is_all = load.kind != "files" and delivery.is_complete
        files = None if is_all else list(delivery.files)
        note_replaced(self.connections.main, self.context.run.run_id, load.table_name, load.source, files)

    def land(self, table: Table, validator: DeliveryValidator, batches: Iterable[CheckedBatch]) -> None:
        """Write the landing files of a table: its rows, and the keys of those that were deleted."""
        self._write(table.name, validator.schema, (batch.kept for batch in batches))
        # Only now is known which were deleted.
        deleted = validator.deleted
        self._write(DELETIONS.format(table.name), deleted.schema, deleted.to_batches())
        self.deleted[table.name] = deleted.num_rows
        self.repeated[table.name] = validator.n_repeated

    def _write(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        key = self.context.database.secrets.key("landing_key")
        write_landing(self.context.settings.home, self.context.run.run_id, name, schema, batches, key)

    def _add_load(self, waiting: WaitingRows) -> None:
        for load in waiting.loads():
            known = [other for other in self.loads if (other.kind, other.table_name) == (load.kind, load.table_name)]
            if known:
                known[0].n_read += load.n_read
                known[0].n_kept += load.n_kept
                known[0].n_quarantined += load.n_quarantined
            else:
                self.loads.append(load)
