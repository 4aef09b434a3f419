"""One look through every database and file of an installation for personal data that does not belong there."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from recsys.errors import PrivacyError
from recsys.io.feed_locations import feed_locations
from recsys.io.model_decisions import read_deciders
from recsys.io.postgres import Database, open_database
from recsys.io.privacy_findings import note_scan_begins, write_scan
from recsys.io.scan_files import read_file_texts
from recsys.io.scan_tables import read_identities, read_own_texts, read_service_texts
from recsys.io.sources.credentials import Credentials, from_environment
from recsys.privacy.deciders import without_deciders
from recsys.privacy.scanning import Finding, ScanResult, Texts, scan
from recsys.settings import Settings
from recsys.types import Progress, no_progress

ROLE = "officer"
# Enough of each table to notice what goes wrong in a load, and few enough for every day.
SAMPLE_ROWS = 1_000
# Bytes of files for each row of a sample.
BYTES_PER_ROW = 4_000


def scan_installation(
    settings: Settings,
    run_id: str,
    sample_rows: int | None,
    progress: Progress = no_progress,
    feed: str = "",
    credentials: Credentials | None = None,
) -> ScanResult:
    """Look through `sample_rows` of each table and the newest files, or with None through all of it, and note the
    findings as those of `run_id`. The settings' feed and sources, and `feed`, hold personal data by purpose.
    """
    feeds = feed_locations(settings, feed, credentials or from_environment())
    database = open_database(settings)
    with database.connect(ROLE, autocommit=True) as connection:
        note_scan_begins(connection, run_id, sample_rows)
        result = scan(
            lambda: _counted(_texts(settings, database, run_id, sample_rows, feeds), progress),
            read_identities(connection, database),
        )
        with connection.transaction():
            write_scan(connection, run_id, sample_rows, result)
    return result


def refuse_findings(findings: tuple[Finding, ...]) -> None:
    """Raise `PrivacyError` where anything was found: it says where and what kind, never the value."""
    if findings:
        places = [f"{one.kind} in {one.place}, {one.column} ({one.n_texts:,} texts)" for one in findings[:5]]
        more = f", and {len(findings) - 5} more" if len(findings) > 5 else ""
        raise PrivacyError(
            f"Personal data lies where none belongs: {'; '.join(places)}{more}.",
            remedy="`recsys privacy scan --full` lists all places; readers keep the last publication until it is gone.",
        )


def _texts(
    settings: Settings, database: Database, run_id: str, sample_rows: int | None, feeds: Sequence[Path]
) -> Iterator[Texts]:
    # Every run samples other pages, and a run that is tried again the same ones.
    seed = zlib.crc32(run_id.encode())
    with database.connect(ROLE, autocommit=True) as connection:
        deciders = read_deciders(connection)
        yield from (without_deciders(texts, deciders) for texts in read_own_texts(connection, sample_rows, seed))
    for service, name in (("airflow", settings.airflow_database), ("mlflow", settings.mlflow_database)):
        with replace(database, name=name).connect(service, autocommit=True) as connection:
            yield from read_service_texts(connection, service, sample_rows, seed)
    n_bytes = None if sample_rows is None else sample_rows * BYTES_PER_ROW
    yield from (without_deciders(texts, deciders) for texts in read_file_texts(settings, n_bytes, feeds))


def _counted(texts: Iterator[Texts], progress: Progress) -> Iterator[Texts]:
    n_texts = 0
    for batch in texts:
        n_texts += len(batch.values)
        progress(n_texts, None, "texts")
        yield batch
