"""Erasure: every copy of one person's data, in an order that can be killed anywhere and carried out again.

First the tombstone, which keeps the person out, and the suppression, which hides them; then files and models, for which
the person's keys are still needed; then all tables in one transaction with the receipt; last what the receipt says is
written where people look.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from recsys.errors import NotFoundError, StackError
from recsys.io.access_files import delete_files_of, packages_naming, privacy_folder, render, write_private
from recsys.io.erasure_receipts import count_flagged, read_receipt, write_receipt
from recsys.io.landing import delete_all_landing
from recsys.io.person_erasing import erase_places, hide_erased
from recsys.io.person_rows import find_subject, read_rows, wanted_rows
from recsys.io.postgres import Connection, Database, read_key_versions
from recsys.io.privacy_requests import OpenRequest, keep_in_request, set_request
from recsys.io.registry import Registry, Version, erase_vectors_in, open_registry
from recsys.io.replay_copy import drop_copy
from recsys.io.retention_file import read_retention
from recsys.io.tombstones import append_tombstones, has_tombstones_of, write_tombstones
from recsys.privacy.access_package import first_registration
from recsys.privacy.erasure import Receipt, is_trained_on
from recsys.privacy.keys import customer_keys_so_far
from recsys.privacy.places import PLACE_BY_NAME, PLACES, OnErasure, Place
from recsys.privacy.requests import RequestState
from recsys.privacy.retention import effective_places
from recsys.privacy.subject import Kept, Subject
from recsys.settings import Settings
from recsys.types import JSON, Progress, no_progress

TRAINED_ON, ERASED_VECTORS = "trained_on_erased_persons", "erased_vectors"
# What is kept of the person with a request that was cut off.
_PERSON = "person"
_REQUESTS = PLACE_BY_NAME["ops.privacy_requests"]


def erase_person(
    settings: Settings,
    database: Database,
    connection: Connection,
    request: OpenRequest,
    progress: Progress = no_progress,
) -> tuple[list[Path], dict[str, JSON]]:
    """Erase the person whose customer this is, and return the receipt's file and its counts.

    Rows stay out up to today or, of what a restored backup brought back, up to the day that the request names. The
    caller holds the writer's lock. Raises `NotFoundError` where nothing is held.
    """
    request_id = request.request_id
    registry = _registry(settings, database)
    receipt = read_receipt(connection, request_id)
    if receipt is None:
        subject = _subject(database, connection, request, progress)
        _keep_out(settings, connection, request_id, subject, _last_day(request))
        files = {
            "landing files of unfinished loads": delete_all_landing(settings.home),
            "access packages made before": _delete_packages(settings, database, connection, request_id, subject),
            "copies for a replay": int(drop_copy(settings)),
        }
        vectors = erase_vectors_in(settings, [*subject.person_keys, *_former_keys(database, subject)])
        versions = registry.list_versions() if registry else []
        first = first_registration(subject.contacts)
        done = Receipt(
            len(subject.customer_ids),
            erase_places(connection, database.secrets, request_id, subject, _policy(settings), _today(), progress),
            {name: n_files for name, n_files in files.items() if n_files},
            [one.version for one in versions if subject.is_known and is_trained_on(one.tags, first)],
            {_version_of(folder, versions): n_vectors for folder, n_vectors in vectors.items()},
        )
        write_receipt(connection, request_id, subject.tombstones[0], done)
        connection.commit()
        receipt = read_receipt(connection, request_id)
    assert receipt is not None
    if registry:
        _mark_versions(connection, registry)
    page = render("erasure.html.j2", receipt=receipt, request_id=request_id)
    path = write_private(privacy_folder(settings) / f"receipt-{request_id}.html", page)
    return [path], {
        "rows": {line["place"]: line["erased"] for line in receipt["places"]},
        "restricted": {line["place"]: line["restricted"] for line in receipt["places"] if line["restricted"]},
        "kept": {line["place"]: line["kept"] for line in receipt["places"] if line["kept"]},
        "files": [path.name],
    }


def _policy(settings: Settings) -> tuple[Place, ...]:
    return effective_places(read_retention(settings.home))


def _registry(settings: Settings, database: Database) -> Registry | None:
    """MLflow, or None where nothing was ever trained. Raises `StackError` where it does not answer."""
    try:
        return open_registry(settings, database)
    except StackError:
        if settings.artifact_root.exists():
            raise
        return None


def _subject(database: Database, connection: Connection, request: OpenRequest, progress: Progress) -> Subject:
    """The person, kept with the request: behind the tombstone the next load forgets them, and what is left has to go.

    Raises `NotFoundError` where nothing is held.
    """
    kept = request.parameters.get(_PERSON)
    subject = find_subject(
        connection, database.secrets, request.request_id, request.customer_id, Kept(**kept) if kept else None
    )
    if not kept:
        if not has_tombstones_of(connection, request.request_id):
            _refuse_unknown(database, connection, request.request_id, subject, progress)
        keep_in_request(connection, database.secrets, request, **{_PERSON: asdict(Kept.of(subject))})
        connection.commit()
    return subject


def _refuse_unknown(
    database: Database, connection: Connection, request_id: int, subject: Subject, progress: Progress
) -> None:
    """Of who is no customer there may be publications, features or rejected rows; else nothing is to be erased."""
    if subject.is_known:
        return
    for place in PLACES:
        if not place.is_personal or place.on_erasure is OnErasure.KEEP:
            continue
        wanted = wanted_rows(connection, database.secrets, request_id, place, subject, progress)
        if read_rows(connection, database.secrets, request_id, place, wanted):
            return
    raise NotFoundError("Nothing is held about this customer.", remedy="See that the id is the bank's own.")


def _last_day(request: OpenRequest) -> date:
    day = request.parameters.get("erased_on")
    return date.fromisoformat(day) if day else _today()


def _former_keys(database: Database, subject: Subject) -> list[str]:
    version = read_key_versions(database).get("pseudonym_key", 1)
    return customer_keys_so_far(subject.customer_ids, database.secrets.version("pseudonym_key", version))


def _keep_out(settings: Settings, connection: Connection, request_id: int, subject: Subject, day: date) -> None:
    append_tombstones(settings.home, subject.tombstones, day)
    write_tombstones(connection, request_id, subject.tombstones, day)
    hide_erased(connection, request_id, subject)
    connection.commit()


def _delete_packages(
    settings: Settings, database: Database, connection: Connection, request_id: int, subject: Subject
) -> int:
    """What was handed out before is a copy too; requests of the person that still wait are over."""
    rows = read_rows(connection, database.secrets, request_id, _REQUESTS, subject.wanted(_REQUESTS))
    numbers = {row["request_id"] for row in rows if row["request_id"] != request_id}
    for row in rows:
        if row["request_id"] in numbers and row["state"] not in ("done", "refused"):
            set_request(connection, row["request_id"], RequestState.REFUSED, {"reason": "erased meanwhile"})
    # Also what was made for somebody who was taken for the same person then.
    return delete_files_of(settings, sorted(numbers | packages_naming(settings, subject.customer_ids)))


def _mark_versions(connection: Connection, registry: Registry) -> None:
    """Counts of all receipts, so that marking twice changes nothing."""
    trained_on, vectors = count_flagged(connection)
    for version, n_persons in trained_on.items():
        registry.set_tag(version, TRAINED_ON, str(n_persons))
    registered = {one.version for one in registry.list_versions()}
    for version, n_vectors in vectors.items():
        if version in registered:
            registry.set_tag(version, ERASED_VECTORS, str(n_vectors))


def _version_of(folder: Path, versions: list[Version]) -> str:
    """The registered version whose bundle is in `folder`, or else the folder's own name."""
    parts = set(folder.parts)
    for one in versions:
        if one.run_id in parts or one.source.rpartition("/")[2] in parts:
            return one.version
    return folder.name


def _today() -> date:
    return datetime.now(UTC).date()
