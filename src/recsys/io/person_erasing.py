"""Erasing one person's rows, place by place, in the caller's transaction; what a law makes the bank keep is sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from recsys.io.catalogue_words import read_catalogue_words
from recsys.io.person_rows import RESTRICTED_PURPOSE, read_rows, wanted_rows
from recsys.io.postgres import Connection
from recsys.io.sealing import seal
from recsys.io.secrets import Secrets
from recsys.privacy.access_package import in_words
from recsys.privacy.erasure import ErasedPlace
from recsys.privacy.places import OnErasure, Place
from recsys.privacy.subject import Subject
from recsys.types import Progress

# Rows that are sealed together.
_SEALED_TOGETHER = 500
_REJECTED = ("quarantine.rows", "quarantine.decisions")


def erase_places(
    connection: Connection,
    secrets: Secrets,
    request_id: int,
    subject: Subject,
    places: Sequence[Place],
    today: date,
    progress: Progress,
) -> list[ErasedPlace]:
    """Do in every place what the policy says, and return what was done in each that held anything."""
    done, contents = [], set[str]()
    for number, place in enumerate(place for place in places if place.is_personal):
        wanted = wanted_rows(connection, secrets, request_id, place, subject, progress)
        if place.name in _REJECTED:
            # A decision about a rejected row, and what a run found of it, goes with it.
            wanted["content_hash"] = sorted(contents)
            contents |= {row["content_hash"] for row in read_rows(connection, secrets, request_id, place, wanted)}
        erased = _carry_out(connection, secrets, request_id, subject, place, wanted, today)
        if erased.n_rows:
            done.append(erased)
        progress(number + 1, len(places), "places erased")
    _erase(connection, request_id, "quarantine.outcomes", {"content_hash": sorted(contents)})
    connection.execute(
        "select ops.forget_keys_in_audit(%s, %s, %s)",
        [request_id, sorted({*subject.customer_keys, *subject.person_keys}), subject.tombstones[0]],
    )
    return done


def _carry_out(
    connection: Connection,
    secrets: Secrets,
    request_id: int,
    subject: Subject,
    place: Place,
    wanted: Mapping[str, Sequence[str]],
    today: date,
) -> ErasedPlace:
    if place.on_erasure is OnErasure.KEEP:
        # The text names the person no more afterwards; how many there are is counted before.
        kept = len(read_rows(connection, secrets, request_id, place, wanted))
        return ErasedPlace(place, n_kept=kept)
    until, n_restricted = None, 0
    if place.on_erasure is OnErasure.RESTRICT and place.restrict_days:
        until = today + timedelta(days=place.restrict_days)
        rows = read_rows(connection, secrets, request_id, place, wanted)
        n_restricted = _restrict(connection, secrets, request_id, subject, place, rows, until)
    erased = _erase(connection, request_id, place.name, wanted)
    return ErasedPlace(place, n_erased=erased - n_restricted, n_restricted=n_restricted, restricted_until=until)


def _erase(connection: Connection, request_id: int, place: str, wanted: Mapping[str, Sequence[str]]) -> int:
    row = connection.execute(
        "select ops.erase_person_rows(%s, %s, %s)", [request_id, place, Jsonb(dict(wanted))]
    ).fetchone()
    assert row is not None
    return int(row[0])


def _restrict(
    connection: Connection,
    secrets: Secrets,
    request_id: int,
    subject: Subject,
    place: Place,
    rows: Sequence[Mapping[str, Any]],
    until: date,
) -> int:
    """Seal rows aside with the words that their numbers stand for: the tables that know them will be gone."""
    publications = sorted({row["publication_id"] for row in rows if "publication_id" in row})
    words = read_catalogue_words(connection, publications)
    for start in range(0, len(rows), _SEALED_TOGETHER):
        block = [in_words(row, words) for row in rows[start : start + _SEALED_TOGETHER]]
        content = json.dumps(block, ensure_ascii=False, default=str).encode()
        connection.execute(
            "select ops.restrict_rows(%s, %s, %s, %s, %s, %s, %s)",
            [
                request_id, subject.tombstones[0], place.name, len(block), until, place.duty,
                seal(content, secrets.key("contact_key"), RESTRICTED_PURPOSE),
            ],
        )  # fmt: skip
    return len(rows)


def hide_erased(connection: Connection, request_id: int, subject: Subject) -> None:
    """Let the person vanish from what is served, from the commit on."""
    connection.execute("select ops.hide_erased(%s, %s::uuid[])", [request_id, list(subject.customer_keys)])
