"""Step `ingest_feed`: check the feed against the contract; bad rows go to quarantine, good ones land."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pyarrow as pa

from recsys.io.feed_checks import FeedCheck, TableReport
from recsys.io.feed_files import Feed, open_feed
from recsys.io.feeds import TakenFeed, write_landed
from recsys.io.known_ids import read_known_ids
from recsys.io.landing import (
    delete_landing,
    delete_landing_of_others,
    write_landed_manifest,
    write_landing,
)
from recsys.io.postgres import Connection
from recsys.io.quarantine import clear_quarantine, write_quarantine
from recsys.steps.context import StepContext
from recsys.types import StepResult


def ingest_feed(context: StepContext) -> StepResult:
    """Land every table of the feed. What was quarantined stays there even where too many bad rows stop the run."""
    feed = open_feed(context.run.feed)
    delete_landing(context.settings.home, context.run.run_id)
    delete_landing_of_others(context.settings.home, context.run.run_id)
    with context.connect() as connection:
        clear_quarantine(connection, context.run.run_id)
        reports = _land(context, feed, connection)
        as_of = context.run.as_of or feed.manifest.as_of or _last_date(reports)
        counts = {report.file.table.name: report.counts for report in reports}
        taken = TakenFeed(context.run.run_id, feed.location, feed.fingerprint(), as_of, feed.manifest, counts)
        write_landed(connection, taken)
    return StepResult(
        rows=sum(report.n_kept for report in reports),
        details={
            "as_of": as_of.isoformat(),
            "fingerprint": taken.fingerprint,
            "tables": dict(counts),
            "unread_features": list(feed.manifest.unread_features),
        },
    )


def _land(context: StepContext, feed: Feed, connection: Connection) -> list[TableReport]:
    known = read_known_ids(connection) if feed.manifest.mode == "delta" else None
    check = FeedCheck(feed, feed.manifest.as_of or _today(), known)
    write_landed_manifest(context.settings.home, context.run.run_id, feed.manifest_content)
    reports = [TableReport(file) for file in feed.files]
    try:
        for report in reports:
            _land_table(context, check, report, connection)
            report.check_share(context.settings.max_bad_row_share, feed.manifest.mode)
    except BaseException:
        try:
            # The rows that explain the refusal must survive it.
            connection.commit()
        finally:
            delete_landing(context.settings.home, context.run.run_id)
        raise
    return reports


def _land_table(context: StepContext, check: FeedCheck, report: TableReport, connection: Connection) -> None:
    secrets = context.database.secrets
    run_id, table = context.run.run_id, report.file.table.name

    def kept() -> Iterator[pa.RecordBatch]:
        for checked in check.batches(report, context.progress):
            write_quarantine(connection, run_id, table, checked.rejects, secrets.key("quarantine_key"))
            yield checked.kept

    schema = check.schema(report.file)
    write_landing(context.settings.home, run_id, table, schema, kept(), secrets.key("landing_key"))


def _last_date(reports: list[TableReport]) -> date:
    return max((report.last_date for report in reports if report.last_date), default=_today())


def _today() -> date:
    return datetime.now(UTC).date()
