"""A feed that is a folder: each table is one file, and the whole is one load."""

from __future__ import annotations

import time

from recsys.cleaning.hashing import HashSet
from recsys.io.feed_checks import FeedCheck, TableReport
from recsys.io.feed_files import Feed, open_feed
from recsys.io.known_ids import REFERENCED, add_known_ids
from recsys.io.landing import write_landed_manifest, write_landing
from recsys.io.loads import Load
from recsys.io.postgres import Connection
from recsys.steps.context import StepContext
from recsys.steps.intake import Intake, last_date, set_aside, today


def take_folder(context: StepContext, connection: Connection) -> Intake:
    """Land every file of the feed's folder."""
    feed = open_feed(context.run.feed)
    known: dict[str, HashSet] = {}
    if feed.manifest.mode == "delta":
        for target in REFERENCED:
            add_known_ids(connection, known, target)
    check = FeedCheck(feed, feed.manifest.as_of or today(), known)
    write_landed_manifest(context.settings.home, context.run.run_id, feed.manifest_content)
    reports = [TableReport(file) for file in feed.files]
    fingerprint = feed.fingerprint()
    loads = [_land(context, connection, feed, check, report, fingerprint) for report in reports]
    counts = {report.file.table.name: report.counts for report in reports}
    return Intake(feed.manifest, fingerprint, feed.manifest.as_of or last_date(reports), counts, loads)


def _land(
    context: StepContext, connection: Connection, feed: Feed, check: FeedCheck, report: TableReport, fingerprint: str
) -> Load:
    began = time.monotonic()
    table = report.file.table.name
    batches = set_aside(context, connection, table, check.batches(report, context.progress))
    key = context.database.secrets.key("landing_key")
    kept = (checked.kept for checked in batches)
    write_landing(context.settings.home, context.run.run_id, table, check.schema(report.file), kept, key)
    report.check_share(context.settings.max_bad_row_share, feed.manifest.mode)
    return Load(
        source=feed.manifest.name,
        table_name=table,
        kind="folder",
        fingerprint=fingerprint,
        n_read=report.n_read,
        n_kept=report.n_kept,
        n_quarantined=report.n_rejected,
        seconds=time.monotonic() - began,
    )
