"""The rows of one person, place by place as the registry declares them, through functions that write it down.

Everything here belongs to a request that is being carried out; the database refuses it otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from psycopg import ServerCursor
from psycopg.types.json import Jsonb

from recsys.io import identity, originals, quarantine, questions, rectifications, source_rows
from recsys.io.postgres import Connection
from recsys.io.sealing import unseal
from recsys.io.secrets import Secrets
from recsys.privacy.keys import CUSTOMER_DOMAIN, customer_keys, pseudonyms
from recsys.privacy.places import FoundBy, Place
from recsys.privacy.requests import tombstone_hashes
from recsys.privacy.subject import Kept, RowSearch, Subject
from recsys.types import Progress, no_progress

SEARCH_ROWS = 1 << 13
RESTRICTED_PURPOSE = "restricted rows"
# By place: the sealed column, the purpose that it was sealed for, and the key.
SEALED: Mapping[str, tuple[str, str, str]] = {
    "identity.answer_inbox": ("payload", questions.ANSWER_PURPOSE, "landing_key"),
    "identity.customers": ("contact", identity.PURPOSE, "contact_key"),
    "identity.originals": ("payload", originals.PURPOSE, "contact_key"),
    "identity.question_inbox": ("payload", questions.PURPOSE, "landing_key"),
    "identity.rectifications": ("payload", rectifications.PURPOSE, "contact_key"),
    "identity.source_rows": ("payload", source_rows.PURPOSE, "contact_key"),
    "quarantine.rows": ("payload", quarantine.PURPOSE, "quarantine_key"),
    "quarantine.decisions": ("payload", quarantine.PURPOSE, "quarantine_key"),
    "identity.restricted_rows": ("payload", RESTRICTED_PURPOSE, "contact_key"),
}
# Free texts beside the sealed column, which may name somebody.
_OPEN_TEXTS: Mapping[str, tuple[str, ...]] = {"quarantine.decisions": ("why",)}


def find_subject(
    connection: Connection, secrets: Secrets, request_id: int, customer_id: str, kept: Kept | None = None
) -> Subject:
    """All customers that are one person with the customer `customer_id`; an id that nobody has stands for itself.

    `kept` is what the request knew of the person when it was cut off, and the tables may have forgotten since.
    """
    rows = connection.execute("select * from ops.customers_of_person(%s, %s)", [request_id, customer_id]).fetchall()
    contact_key = secrets.key("contact_key")
    contacts = {row[0]: json.loads(unseal(row[4], contact_key, identity.PURPOSE)) for row in rows if row[4] is not None}
    known = kept or Kept()
    contacts = {**known.contacts, **contacts}
    ids = sorted({*(row[0] for row in rows), *known.customer_ids}) or [customer_id]
    computed = _keys_of(ids, secrets)
    published = connection.execute("select * from ops.published_person_keys(%s, %s)", [request_id, ids]).fetchall()
    own = (str(row[0]) for row in published if row[1])
    keys = sorted({*computed, *(str(row[1]) for row in rows), *own, *known.customer_keys})
    tombstones = tombstone_hashes(ids, secrets.key("tombstone_key"))
    erased_with = connection.execute(
        "select * from ops.tombstones_with(%s, %s::uuid[])", [request_id, tombstones]
    ).fetchall()
    hashes = quarantine.customer_hashes(ids, secrets.key("quarantine_key"))
    return Subject(
        customer_ids=ids,
        customer_keys=keys,
        person_keys=sorted(
            {*keys, *(str(row[2]) for row in rows), *(str(row[0]) for row in published), *known.person_keys}
        ),
        customer_hashes=[f"\\x{digest.hex()}" for digest in hashes if digest],
        source_hashes=pseudonyms(ids, contact_key, CUSTOMER_DOMAIN).to_pylist(),
        tombstones=[*tombstones, *sorted({str(row[0]) for row in erased_with} - set(tombstones))],
        contacts=contacts,
        is_known=bool(rows) or known.is_known,
    )


def _keys_of(customer_ids: Sequence[str], secrets: Secrets) -> list[str]:
    """Pseudonyms under the key in force, and under earlier ones: a stored model still holds those."""
    versions = (secrets.version("pseudonym_key", number) for number in secrets.versions("pseudonym_key"))
    known = [secrets.key("pseudonym_key"), *versions]
    return [one for key in known for one in customer_keys(customer_ids, key).to_pylist()]


def wanted_rows(
    connection: Connection,
    secrets: Secrets,
    request_id: int,
    place: Place,
    subject: Subject,
    progress: Progress = no_progress,
) -> dict[str, list[str]]:
    """By column of `place` the values by which the person's rows are found; sealed rows are opened and searched."""
    wanted = subject.wanted(place)
    if place.found_by is FoundBy.SEARCH:
        wanted["ctid"] = _searched(connection, secrets, request_id, place, subject, progress)
    return wanted


def read_rows(
    connection: Connection, secrets: Secrets, request_id: int, place: Place, wanted: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """The person's rows in `place` with what was sealed opened; a table that was never built holds none."""
    rows = connection.execute(
        "select * from ops.read_person_rows(%s, %s, %s)", [request_id, place.name, Jsonb(dict(wanted))]
    ).fetchall()
    return [_opened(place, row[0], secrets) for row in rows]


def _opened(place: Place, row: dict[str, Any], secrets: Secrets) -> dict[str, Any]:
    if place.name not in SEALED:
        return row
    column, purpose, key = SEALED[place.name]
    sealed = row.get(column)
    if not sealed or sealed == "\\x":
        return row
    content = json.loads(unseal(bytes.fromhex(sealed.removeprefix("\\x")), secrets.key(key), purpose))
    return {**{name: value for name, value in row.items() if name != column}, column: content}


def _searched(
    connection: Connection, secrets: Secrets, request_id: int, place: Place, subject: Subject, progress: Progress
) -> list[str]:
    """Where the person's rows are among sealed ones: those with their id, and those that are theirs by what else they
    say and are of no other customer.
    """
    search, own = RowSearch(subject), []
    mentioning: dict[str, list[str]] = {}
    for row_place, row in _sealed_rows(connection, secrets, request_id, place, progress):
        if search.is_own(row):
            own.append(row_place)
        elif search.is_of_person(row):
            mentioning.setdefault(search.owner(row) or "", []).append(row_place)
    others = connection.execute(
        "select * from ops.known_customer_ids(%s, %s)", [request_id, sorted(mentioning)]
    ).fetchall()
    for (customer_id,) in others:
        del mentioning[customer_id]
    return [*own, *(row_place for places in mentioning.values() for row_place in places)]


def _sealed_rows(
    connection: Connection, secrets: Secrets, request_id: int, place: Place, progress: Progress
) -> Iterator[tuple[str, dict[str, Any]]]:
    column, purpose, key_name = SEALED[place.name]
    texts = _OPEN_TEXTS.get(place.name, ())
    key, done = secrets.key(key_name), 0
    connection.execute("select ops.open_sealed_rows(%s, %s, %s)", [request_id, place.name, [column, *texts]])
    with ServerCursor(connection, "sealed_rows") as cursor:
        while rows := cursor.fetchmany(SEARCH_ROWS):
            for row_place, sealed, *others in rows:
                content = json.loads(unseal(sealed, key, purpose)) if sealed else {}
                yield row_place, {**content, **dict(zip(texts, others, strict=True))}
            done += len(rows)
            progress(done, None, f"rows of {place.name} searched")
