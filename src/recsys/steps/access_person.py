"""Access and portability: everything that is held about one person, gathered by the registry of places."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from recsys.errors import NotFoundError, StackError
from recsys.io.access_files import write_access_files, write_export_file
from recsys.io.catalogue_words import read_catalogue_words, read_legal_basis, read_source_names
from recsys.io.person_rows import find_subject, read_rows, wanted_rows
from recsys.io.postgres import Connection, Database
from recsys.io.registry import open_registry
from recsys.io.retention_file import read_retention
from recsys.privacy.access_package import AccessPackage, PlaceRows, chapters_of, first_registration, without_others
from recsys.privacy.erasure import is_trained_on
from recsys.privacy.requests import RequestKind
from recsys.privacy.retention import effective_places
from recsys.privacy.subject import Subject
from recsys.settings import Settings
from recsys.types import JSON, Progress, no_progress

# What is held of anybody who ever asked, or was looked for, is not yet a reason to say that something is held.
_TRACES = ("ops.privacy_requests", "ops.audit_log")


def access_person(
    settings: Settings,
    database: Database,
    connection: Connection,
    request_id: int,
    kind: RequestKind,
    customer_id: str,
    progress: Progress = no_progress,
) -> tuple[list[Path], dict[str, JSON]]:
    """Write what is asked for, and return the files and counts by place.

    Raises `NotFoundError` where nothing is held.
    """
    # All places as of one moment.
    connection.execute("set transaction isolation level repeatable read")
    package = _gather(settings, database, connection, request_id, customer_id, progress)
    files = (
        [write_export_file(settings, package)] if kind is RequestKind.EXPORT else write_access_files(settings, package)
    )
    counts: dict[str, JSON] = {one.place.name: len(one.rows) for chapter in package.chapters for one in chapter.places}
    return files, {"rows": counts, "files": [path.name for path in files]}


def _gather(
    settings: Settings,
    database: Database,
    connection: Connection,
    request_id: int,
    customer_id: str,
    progress: Progress,
) -> AccessPackage:
    secrets = database.secrets
    subject = find_subject(connection, secrets, request_id, customer_id)
    held = []
    for number, place in enumerate(
        place for place in effective_places(read_retention(settings.home)) if place.is_personal
    ):
        wanted = wanted_rows(connection, secrets, request_id, place, subject, progress)
        rows = read_rows(connection, secrets, request_id, place, wanted)
        held.append(PlaceRows(place, without_others(place, rows, subject.customer_keys)))
        progress(number + 1, None, "places looked through")
    if not any(one.rows for one in held if one.place.name not in _TRACES):
        raise NotFoundError("Nothing is held about this customer.", remedy="See that the id is the bank's own.")
    publications = {row["publication_id"] for one in held for row in one.rows if "publication_id" in row}
    return AccessPackage(
        request_id=request_id,
        made_at=datetime.now(UTC),
        customer_ids=subject.customer_ids,
        contacts=subject.contacts,
        chapters=chapters_of(held, read_catalogue_words(connection, sorted(publications))),
        legal_basis=read_legal_basis(connection),
        sources=read_source_names(connection),
        models=_models(settings, database, subject),
    )


def _models(settings: Settings, database: Database, subject: Subject) -> list[dict[str, str]] | None:
    try:
        versions = open_registry(settings, database).list_versions()
    except StackError:
        return None
    since = first_registration(subject.contacts)
    return [
        {"version": one.version, "as_of": one.tags.get("as_of", "")}
        for one in versions
        if subject.is_known and is_trained_on(one.tags, since)
    ]
