"""Retention: what is older than its period goes, from every table and folder that has one; or is only counted.

Rows of `raw` are also left out as they are loaded (see `anonymise_feed`), so that a feed which brings them again does
not bring them back. What dbt derives from them follows with the next `build_marts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from recsys.io.aged_files import count_files, delete_files
from recsys.io.postgres import Connection, Database, open_database, writer_lock
from recsys.io.replay_copy import drop_copy
from recsys.io.retention import (
    BATCH_ROWS,
    PlaceAge,
    count_publications,
    count_rows,
    delete_past,
    drop_publications,
    note_retention,
    read_midnight,
    read_past_publications,
)
from recsys.io.retention_file import read_retention
from recsys.privacy.file_places import FilePlace
from recsys.privacy.places import Place
from recsys.privacy.retention import PUBLICATION, dated_places, effective_file_places, effective_places
from recsys.settings import Settings
from recsys.types import Progress, no_progress

log = structlog.get_logger()
ROLE = "officer"


@dataclass(frozen=True)
class _Policy:
    """What is in force, and where it is enforced."""

    settings: Settings
    database: Database
    tables: tuple[Place, ...]
    publications: tuple[Place, ...]
    files: tuple[FilePlace, ...]


def retention(
    settings: Settings, run_id: str, *, is_dry_run: bool, progress: Progress = no_progress
) -> list[tuple[PlaceAge, int]]:
    """Enforce the retention policy: every place as it was, and how many rows or files went; none in a dry run.

    Run again it finds nothing left to do.

    Raises:
        RunError: a step is writing.
        SettingsError: `retention.toml` describes something that cannot be.
    """
    policy = _read_policy(settings)
    with policy.database.connect(ROLE, autocommit=True) as connection:
        if is_dry_run:
            return [(age, 0) for age in _ages(policy, connection)]
        with writer_lock(connection):
            # A copy for a replay is as old as the day on which it was made.
            drop_copy(settings)
            return list(_enforce(policy, connection, run_id, progress))


def _read_policy(settings: Settings) -> _Policy:
    overrides = read_retention(settings.home)
    dated = dated_places(effective_places(overrides))
    return _Policy(
        settings,
        open_database(settings),
        tuple(place for place in dated if place.dated_by != PUBLICATION),
        tuple(place for place in dated if place.dated_by == PUBLICATION),
        effective_file_places(overrides),
    )


def _ages(policy: _Policy, connection: Connection) -> list[PlaceAge]:
    midnight = read_midnight(connection)
    return [
        *count_rows(connection, policy.tables),
        *(count_publications(connection, place) for place in policy.publications),
        *(count_files(policy.settings.home, place, midnight) for place in policy.files),
    ]


def _enforce(
    policy: _Policy, connection: Connection, run_id: str, progress: Progress
) -> Iterator[tuple[PlaceAge, int]]:
    tables = {place.name: place for place in policy.tables}
    files = {place.name: place for place in policy.files}
    for age in _ages(policy, connection):
        n_deleted = 0
        if age.n_past and age.name in tables:
            n_deleted = _delete_rows(connection, run_id, tables[age.name], age.n_past, progress)
        elif age.n_past:
            if age.name in files:
                n_deleted = delete_files(policy.settings.home, files[age.name], age.cutoff)
            else:
                n_deleted = _drop_publications(policy.database, age)
            note_retention(connection, run_id, age.name, age.keep_days, age.cutoff, n_deleted)
        if n_deleted:
            log.info("retention", place=age.name, keep_days=age.keep_days, n_deleted=n_deleted)
        yield age, n_deleted


def _delete_rows(connection: Connection, run_id: str, place: Place, n_past: int, progress: Progress) -> int:
    n_deleted = 0
    while True:
        n_batch = delete_past(connection, run_id, place)
        n_deleted += n_batch
        progress(n_deleted, n_past, place.name)
        if n_batch < BATCH_ROWS:
            return n_deleted


def _drop_publications(database: Database, age: PlaceAge) -> int:
    # A partition can only be detached by its owner.
    with database.connect("publisher", autocommit=True) as connection:
        drop_publications(connection, read_past_publications(connection, age.keep_days))
    return age.n_past
