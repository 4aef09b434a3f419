"""A feed that is a folder: each table is one file, and the whole is one load."""

from __future__ import annotations

import time
from collections.abc import Iterator

from recsys.cleaning.hashing import HashSet
from recsys.feed.columns import Table
from recsys.feed.contract import TABLES
from recsys.io.feed_checks import FeedCheck, TableReport
from recsys.io.feed_files import Feed, FeedFile, open_feed
from recsys.io.known_ids import REFERENCED, add_known_ids
from recsys.io.landing import write_landed_manifest, write_landing
from recsys.io.loads import Load
from recsys.io.tombstones import note_returned
from recsys.io.value_clusters import read_canonical_inside
from recsys.steps.context import StepContext
from recsys.steps.ingestion.intake import Connections, Intake, erased_rows, last_date, set_aside, today
from recsys.steps.ingestion.waiting_rows import WaitingRows

# Whose rows wait that no source delivered.
FOLDER = ("",)


def take_folder(context: StepContext, connections: Connections) -> Intake:
    """Land every file of the feed's folder."""
    feed = open_feed(context.run.feed)
    known: dict[str, HashSet] = {}
    if feed.manifest.mode == "delta":
        for target in REFERENCED:
            add_known_ids(connections.main, known, target)
    latest, canonical = feed.manifest.as_of or today(), read_canonical_inside(connections.main)
    erased = erased_rows(context, connections)
    check = FeedCheck(feed, latest, known, canonical, erased)
    write_landed_manifest(context.settings.home, context.run.run_id, feed.manifest_content)
    reports = [TableReport(file) for file in feed.files]
    fingerprint = feed.fingerprint()
    loads = [load for report in reports for load in _land(context, connections, feed, check, report, fingerprint)]
    counts = {report.file.table.name: report.counts for report in reports}
    if feed.manifest.mode == "delta":
        delivered = {file.table.name for file in feed.files}
        for table in TABLES:
            if table.name not in delivered:
                loads += _land_waiting(context, connections, check, table)
    note_returned(connections.main, erased.returned)
    return Intake(feed.manifest, fingerprint, feed.manifest.as_of or last_date(reports), counts, loads)


def _land(
    context: StepContext, connections: Connections, feed: Feed, check: FeedCheck, report: TableReport, fingerprint: str
) -> Iterator[Load]:
    began = time.monotonic()
    table = report.file.table.name
    waiting = WaitingRows(
        context, connections.main, report.file.table, is_delta=feed.manifest.mode == "delta", sources=FOLDER
    )
    batches = set_aside(context, connections, table, check.batches(report, context.progress, waiting))
    key = context.database.secrets.key("landing_key")
    kept = (checked.kept for checked in batches)
    write_landing(context.settings.home, context.run.run_id, table, check.schema(report.file), kept, key)
    report.check_share(context.settings.max_bad_row_share, feed.manifest.mode)
    yield Load(
        source=feed.manifest.name,
        table_name=table,
        kind="folder",
        fingerprint=fingerprint,
        n_read=report.n_read,
        n_kept=report.n_kept,
        n_quarantined=report.n_rejected,
        seconds=time.monotonic() - began,
    )
    yield from waiting.loads()


def _land_waiting(context: StepContext, connections: Connections, check: FeedCheck, table: Table) -> list[Load]:
    """Land what waited in quarantine of a table that this feed does not have."""
    waiting = WaitingRows(context, connections.main, table, is_delta=True, sources=FOLDER)
    file = FeedFile(table, "quarantine", "")
    batches = set_aside(context, connections, table.name, waiting.check(check.waiting_check(file)))
    kept = [checked.kept for checked in batches]
    if kept:
        key = context.database.secrets.key("landing_key")
        write_landing(context.settings.home, context.run.run_id, table.name, check.schema(file), kept, key)
    return waiting.loads()
