"""A feed that sources deliver: what is new, changed and deleted since the last load, put together and landed.

A table that one source delivers goes straight to its landing file. One that several deliver is kept per source in
`identity.source_rows` first, and whatever has changed there is put together again.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from recsys.cleaning.deliveries import DeliveryValidator
from recsys.cleaning.hashing import HashSet
from recsys.cleaning.merging import merge_sources
from recsys.cleaning.rows import CheckedBatch, RawBatch
from recsys.cleaning.standardising.columns import Canonical
from recsys.cleaning.validation import TableValidator
from recsys.errors import ContractError
from recsys.feed.contract import CUSTOMERS, TABLE_BY_NAME, TABLES, Table
from recsys.feed.manifest import Manifest
from recsys.feed.schedules import is_due
from recsys.feed.sources import Source, Sources, SourceTable
from recsys.io.feed_checks import TableReport, summed
from recsys.io.feed_files import FeedFile
from recsys.io.feed_writer import manifest_text
from recsys.io.feeds import read_last_as_of
from recsys.io.known_ids import REFERENCED, add_known_ids
from recsys.io.landing import DELETIONS, mark_complete, write_landed_manifest, write_landing
from recsys.io.loads import Load, Progress, read_progress
from recsys.io.postgres import Connection
from recsys.io.quarantine_waiting import note_replaced
from recsys.io.raw_merging import Merged
from recsys.io.source_rows import (
    begin_delivery,
    count_changed,
    empty_source_rows,
    has_source_rows,
    mark_absent,
    read_changed,
    write_source_rows,
)
from recsys.io.sources.delivery import Delivery, Since
from recsys.io.sources.opening import open_delivery
from recsys.io.sources_file import read_sources
from recsys.io.value_clusters import read_canonical_inside
from recsys.steps.context import StepContext
from recsys.steps.intake import Connections, Intake, last_date, set_aside, today
from recsys.steps.waiting_rows import WaitingRows
from recsys.types import JSON

# A delivery may consist of a few rows, of which one that is bad is no reason to stop.
FEW_BAD_ROWS = 10
# How Airflow begins the ids of the runs that it starts by itself.
SCHEDULED = "scheduled__"


def take_sources(context: StepContext, connections: Connections) -> Intake:
    """Land what the sources of the run's `sources.toml` have to deliver."""
    connection, sources = connections.main, read_sources(Path(context.run.feed))
    _check_required(sources, context.run.feed)
    progress = read_progress(connection)
    if not progress:
        empty_source_rows(connection)
    manifest = replace(sources.manifest, mode="delta" if progress else "full")
    write_landed_manifest(context.settings.home, context.run.run_id, manifest_text(manifest).encode())
    intake = _SourceIntake(context, connections, sources, manifest, progress, read_canonical_inside(connection))
    for table in TABLES:
        intake.take(table)
    days = [last_date(intake.reports), *filter(None, [read_last_as_of(connection) if progress else None])]
    fingerprints = "\n".join(f"{load.source}.{load.table_name}\0{load.fingerprint}" for load in intake.loads)
    return Intake(
        manifest,
        hashlib.sha256(fingerprints.encode()).hexdigest(),
        manifest.as_of or max(days),
        intake.counts(),
        intake.loads,
    )


def _check_required(sources: Sources, location: str) -> None:
    for table in TABLES:
        if table.required and not sources.delivering(table.name):
            raise ContractError(
                f"{location}: rule missing_table: no source delivers the required table {table.name}.",
                remedy=f"Add [sources.NAME.tables.{table.name}]; `recsys sources example` shows one.",
            )


@dataclass
class _SourceIntake:
    """One run's way through the tables, in the contract's order, so that references find what they name."""

    context: StepContext
    connections: Connections
    sources: Sources
    manifest: Manifest
    progress: Mapping[tuple[str, str], Progress]
    canonical: Mapping[str, Canonical]
    known: dict[str, HashSet] = field(default_factory=dict)
    reports: list[TableReport] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    repeated: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)

    @property
    def connection(self) -> Connection:
        """The one transaction."""
        return self.connections.main

    def take(self, table: Table) -> None:
        """Land one table, and learn which of its ids others may refer to."""
        delivering = [pair for pair in self.sources.delivering(table.name) if self._is_due(*pair)]
        gone, is_complete = None, False
        if delivering and self._is_put_together(table):
            gone = self._take_several(table, delivering)
        elif delivering:
            gone, is_complete = self._take_one(table, *delivering[0])
        for target in REFERENCED:
            owner, column = target.split(".")
            if owner == table.name and self.manifest.mode == "delta" and not is_complete:
                add_known_ids(
                    self.connection, self.known, target, None if gone is None else gone[column].combine_chunks()
                )

    def _is_put_together(self, table: Table) -> bool:
        """Whether rows are kept per source: where several know of one thing, and for customers without a history.

        Who a customer is and what is sealed of them then always follows the newest version, in whatever order it came.
        """
        delivering = self.sources.delivering(table.name)
        has_history = any("valid_from" in source_table.columns for _, source_table in delivering)
        return len(delivering) > 1 or (table is CUSTOMERS and not has_history)

    def _is_due(self, source: Source, source_table: SourceTable) -> bool:
        """A run that somebody asked for takes every source; one of the schedule only those whose time has come."""
        progress = self.progress.get((source.name, source_table.name))
        if progress is None or not self.context.run.run_id.startswith(SCHEDULED):
            return True
        return is_due(source.schedule, progress.loaded_at, datetime.now(UTC))

    def counts(self) -> dict[str, dict[str, JSON]]:
        """Rows read and quarantined by table of the contract, over all sources, and rows kept of what they make."""
        by_table: dict[str, list[TableReport]] = {}
        for report in self.reports:
            by_table.setdefault(report.file.table.name, []).append(report)
        return {
            name: {**summed(reports), "repeated": self.repeated[name], "deleted": self.deleted[name]}
            for name, reports in by_table.items()
        }

    def _take_one(self, table: Table, source: Source, source_table: SourceTable) -> tuple[pa.Table, bool]:
        validator = self._validator(
            table, f"{source.name}.{table.name}", self.known, self.canonical.get(table.name), are_versions=True
        )
        delivery, report = self._open(source, source_table), self._report(table, source.name, source_table.origin)
        load, began = self._load(source, table), time.monotonic()
        waiting = self._waiting(table, source.name, "")
        batches = (batch.kept for batch in self._checked(table, delivery.batches(), validator, report, waiting))
        self._write(table.name, validator.schema, batches)
        self._add_load(waiting)
        self._finish(load, delivery, report, validator, began)
        self.repeated[table.name] = validator.n_repeated
        self._write_deleted(table, validator.deleted)
        is_complete = self._deletes_absent(table, source_table, delivery, report)
        if is_complete:
            mark_complete(self.context.settings.home, self.context.run.run_id, table.name)
        return validator.deleted, is_complete

    def _take_several(self, table: Table, delivering: Iterable[tuple[Source, SourceTable]]) -> pa.Table:
        for source, source_table in delivering:
            self._keep(table, source, source_table)
        order = [source.name for source, _ in self.sources.delivering(table.name)]
        validator = self._validator(table, table.name, self.known, self.canonical.get(table.name))
        report = self._report(table, "", " + ".join(order))
        waiting = self._waiting(table, "")
        batches = self._checked(table, self._put_together(table, order), validator, report, waiting)
        self._write(table.name, validator.schema, (batch.kept for batch in batches))
        self._add_load(waiting)
        self._write_deleted(table, validator.deleted)
        self.repeated[table.name] = 0
        report.check_share(self.context.settings.max_bad_row_share, self.manifest.mode, allowed=FEW_BAD_ROWS)
        return validator.deleted

    def _keep(self, table: Table, source: Source, source_table: SourceTable) -> None:
        """What one of several sources delivers, checked as far as it goes, beside what the others have said.

        Spellings stay as they are until the sources are put together, so that a decision can be taken back.
        """
        own = f"{table.name}."
        known = {target: hashes for target, hashes in self.known.items() if not target.startswith(own)}
        validator = self._validator(_partial(table), f"{source.name}.{table.name}", known, are_versions=True)
        delivery, report = self._open(source, source_table), self._report(table, source.name, source_table.origin)
        load, began = self._load(source, table), time.monotonic()
        key, run_id = self.context.database.secrets.key("contact_key"), self.context.run.run_id
        waiting = self._waiting(table, source.name)
        begin_delivery(self.connection)
        for checked in self._checked(table, delivery.batches(), validator, report, waiting):
            rows = pa.Table.from_batches([checked.kept])
            self._check_history(table, rows, report)
            load.merged += write_source_rows(self.connection, table, source.name, rows, run_id, key, is_deleted=False)
        load.merged += write_source_rows(
            self.connection, table, source.name, validator.deleted, run_id, key, is_deleted=True
        )
        if self._deletes_absent(table, source_table, delivery, report):
            load.merged += Merged(n_deleted=mark_absent(self.connection, table, source.name, run_id))
        self._add_load(waiting)
        self._finish(load, delivery, report, validator, began)

    def _put_together(self, table: Table, order: list[str]) -> Iterator[RawBatch]:
        names = [column.name for column in (*table.columns, *self.manifest.extras(table.name))]
        column_orders = {name: self.sources.winners.get(f"{table.name}.{name}", ()) for name in names}
        key = self.context.database.secrets.key("contact_key")
        done, total = 0, count_changed(self.connection, table)
        for rows in read_changed(self.connection, table, names, order, key):
            merged = merge_sources(rows, order, column_orders)
            lines = np.arange(done + 1, done + 1 + len(merged.exists))
            done += len(merged.exists)
            yield RawBatch(lines, merged.columns, is_deleted=~merged.exists)
            self.context.progress(done, total, f"{table.name} put together")

    def _checked(
        self,
        table: Table,
        raws: Iterable[RawBatch],
        validator: DeliveryValidator,
        report: TableReport,
        waiting: WaitingRows,
    ) -> Iterator[CheckedBatch]:
        def checked() -> Iterator[CheckedBatch]:
            for raw in raws:
                batch = validator.check(raw)
                report.add(batch)
                report.last_date = validator.last_date
                waiting.notice(batch)
                self.context.progress(report.n_read, None, report.file.name)
                yield batch
            for batch in waiting.check(validator.check):
                report.n_repaired += batch.kept.num_rows
                report.last_date = validator.last_date
                yield batch

        yield from set_aside(self.context, self.connections, table.name, checked())

    def _check_history(self, table: Table, rows: pa.Table, report: TableReport) -> None:
        """Rows of one customer at several times must not be taken for corrections of each other."""
        for name in set(table.key) - set(table.entity_key):
            if len(self.sources.delivering(table.name)) == 1 and rows[name].null_count < rows.num_rows:
                raise ContractError(
                    f"{report.file.name}: column {name}: it holds a history, and is taken only because of its name.",
                    remedy=f'Say columns = {{ {name} = "{name}" }} in sources.toml, or add it to ignored.',
                )

    def _deletes_absent(self, table: Table, source_table: SourceTable, delivery: Delivery, report: TableReport) -> bool:
        """Whether all rows that did not come were deleted at the source.

        A row that came and was bad is not gone, so then nothing is deleted. That all are gone is not believed.
        """
        if not (delivery.is_complete and source_table.deletes_absent) or report.n_rejected:
            return False
        if not report.n_read and self.manifest.mode == "delta":
            raise ContractError(
                f"{report.file.name}: rule empty_table: a complete delivery of {table.name} without any row.",
                remedy="Look whether the source is being filled just now. If all are gone, let it mark them so.",
            )
        return True

    def _waiting(self, table: Table, *sources: str) -> WaitingRows:
        is_delta = self.manifest.mode == "delta"
        return WaitingRows(self.context, self.connection, table, is_delta=is_delta, sources=sources)

    def _add_load(self, waiting: WaitingRows) -> None:
        for load in waiting.loads():
            known = [other for other in self.loads if (other.kind, other.table_name) == (load.kind, load.table_name)]
            if known:
                known[0].n_read += load.n_read
                known[0].n_kept += load.n_kept
                known[0].n_quarantined += load.n_quarantined
            else:
                self.loads.append(load)

    def _validator(
        self,
        table: Table,
        label: str,
        known: dict[str, HashSet],
        canonical: Canonical | None = None,
        *,
        are_versions: bool = False,
    ) -> DeliveryValidator:
        extras = self.manifest.extras(table.name)
        latest = self.manifest.as_of or today()
        validator = TableValidator(
            table, extras, file=label, latest=latest, known=known, are_versions=are_versions, canonical=canonical
        )
        return DeliveryValidator(table, validator)

    def _open(self, source: Source, source_table: SourceTable) -> Delivery:
        progress = self.progress.get((source.name, source_table.name))
        since = progress.since if progress else Since()
        table = TABLE_BY_NAME[source_table.name]
        if self._is_put_together(table) and not has_source_rows(self.connection, table, source.name):
            # A second source has come, and nothing is kept of what the first has said: let it say it again.
            since = Since()
        return open_delivery(source, source_table, since, self.context.credentials)

    def _report(self, table: Table, source: str, origin: str) -> TableReport:
        report = TableReport(FeedFile(table, f"{source}: {origin}" if source else origin, ""))
        self.reports.append(report)
        return report

    def _load(self, source: Source, table: Table) -> Load:
        load = Load(source.name, table.name, source.kind)
        self.loads.append(load)
        return load

    def _finish(
        self, load: Load, delivery: Delivery, report: TableReport, validator: DeliveryValidator, began: float
    ) -> None:
        report.check_share(self.context.settings.max_bad_row_share, self.manifest.mode, allowed=FEW_BAD_ROWS)
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
        note_replaced(self.connection, self.context.run.run_id, load.table_name, load.source, files)

    def _write(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        key = self.context.database.secrets.key("landing_key")
        write_landing(self.context.settings.home, self.context.run.run_id, name, schema, batches, key)

    def _write_deleted(self, table: Table, deleted: pa.Table) -> None:
        self.deleted[table.name] = deleted.num_rows
        self._write(DELETIONS.format(table.name), deleted.schema, deleted.to_batches())


def _partial(table: Table) -> Table:
    """`table` as a source has it that knows only some columns: nothing but the key is required."""
    columns = tuple(replace(column, required=column.required and column.name in table.key) for column in table.columns)
    return replace(table, columns=columns)
