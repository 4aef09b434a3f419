"""A feed that sources deliver: what is new, changed and deleted since the last load, table by table."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from recsys.errors import ContractError
from recsys.feed.columns import Table
from recsys.feed.contract import TABLES
from recsys.feed.schedules import is_due
from recsys.feed.sources import Source, Sources, SourceTable
from recsys.io.feed_checks import TableReport, summed
from recsys.io.feed_writer import manifest_text
from recsys.io.feeds import read_last_as_of
from recsys.io.known_ids import REFERENCED, add_known_ids
from recsys.io.landing import write_landed_manifest
from recsys.io.loads import read_progress
from recsys.io.source_rows import empty_source_rows
from recsys.io.sources_file import read_sources
from recsys.io.tombstones import note_returned
from recsys.io.value_clusters import read_canonical_inside
from recsys.steps.context import StepContext
from recsys.steps.ingestion.intake import Connections, Intake, erased_rows, last_date
from recsys.steps.ingestion.single_source import take_single
from recsys.steps.ingestion.source_taking import SourceTaking
from recsys.steps.ingestion.sources_together import take_together
from recsys.types import JSON

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
    erased = erased_rows(context, connections)
    taking = SourceTaking(context, connections, sources, manifest, progress, read_canonical_inside(connection), erased)
    # In the contract's order, so that references find what they name.
    for table in TABLES:
        _take(taking, table)
    note_returned(connection, erased.returned)
    before = read_last_as_of(connection) if progress else None
    fingerprints = "\n".join(f"{load.source}.{load.table_name}\0{load.fingerprint}" for load in taking.loads)
    return Intake(
        manifest,
        hashlib.sha256(fingerprints.encode()).hexdigest(),
        manifest.as_of or last_date(taking.reports, before),
        _counts(taking),
        taking.loads,
    )


def _check_required(sources: Sources, location: str) -> None:
    for table in TABLES:
        if table.required and not sources.delivering(table.name):
            raise ContractError(
                f"{location}: rule missing_table: no source delivers the required table {table.name}.",
                remedy=f"Add [sources.NAME.tables.{table.name}]; `recsys sources example` shows one.",
            )


def _take(taking: SourceTaking, table: Table) -> None:
    """Land one table, and learn which of its ids others may refer to."""
    delivering = [pair for pair in taking.sources.delivering(table.name) if _is_due(taking, *pair)]
    gone, is_complete = None, False
    if delivering and taking.is_put_together(table):
        gone = take_together(taking, table, delivering)
    elif delivering:
        gone, is_complete = take_single(taking, table, *delivering[0])
    for target in REFERENCED:
        owner, column = target.split(".")
        if owner == table.name and taking.is_delta and not is_complete:
            ids = None if gone is None else gone[column].combine_chunks()
            add_known_ids(taking.connections.main, taking.known, target, ids)


def _is_due(taking: SourceTaking, source: Source, source_table: SourceTable) -> bool:
    """A run that somebody asked for takes every source; one of the schedule only those whose time has come."""
    progress = taking.progress.get((source.name, source_table.name))
    if progress is None or not taking.context.run.run_id.startswith(SCHEDULED):
        return True
    return is_due(source.schedule, progress.loaded_at, datetime.now(UTC))


def _counts(taking: SourceTaking) -> dict[str, dict[str, JSON]]:
    """Rows read and quarantined by table of the contract, over all sources, and rows kept of what they make."""
    by_table: dict[str, list[TableReport]] = {}
    for report in taking.reports:
        by_table.setdefault(report.file.table.name, []).append(report)
    return {
        name: {**summed(reports), "repeated": taking.repeated[name], "deleted": taking.deleted[name]}
        for name, reports in by_table.items()
    }
