"""`identity.rectifications`: corrected values, applied to what a source still delivers wrongly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from getpass import getuser
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg.rows import dict_row

from recsys.cleaning.rectifying import COUNTRY, Correction
from recsys.cleaning.rows import CheckedBatch
from recsys.io import identity
from recsys.io.consents import known_customer
from recsys.io.postgres import Connection
from recsys.io.sealing import seal, unseal
from recsys.io.secrets import Secrets
from recsys.privacy.coarser_corrections import raw_changes
from recsys.privacy.keys import customer_keys, pseudonyms

PURPOSE = "rectification"


@dataclass(frozen=True, slots=True)
class Rectification:
    """A correction in force: rows of `customer_key` whose value hashes to `disputed_hash` get `value`.

    `disputed` is what was wrong; `customer_id` is None while nobody has the key.
    """

    rectification_id: int
    customer_key: str
    customer_id: str | None = field(repr=False)
    column_name: str
    disputed_hash: str | None
    disputed: str | None = field(repr=False)
    value: str = field(repr=False)


def read_country(connection: Connection, customer_key: str) -> str | None:
    """Where a customer lives. Raises `NotFoundError` for a key that no customer has."""
    return _read_disputed(connection, customer_key, COUNTRY, with_contact=False)[1]


def write_rectification(
    connection: Connection,
    secrets: Secrets,
    customer_key: str,
    correction: Correction,
    *,
    is_in_contact: bool,
    why: str,
    request_id: int,
) -> int:
    """Correct a value at once and from now on; the number of rows that had the disputed one.

    `is_in_contact`: the column stands in the sealed contact data.

    Raises `NotFoundError` for a key that no customer has.
    """
    column, key = correction.column, secrets.key("contact_key")
    with known_customer():
        # The region is made of the postcode, too, which only the contact data knows.
        in_raw, country, sealed_contact, in_force = _read_disputed(
            connection, customer_key, column.name, with_contact=is_in_contact or column.name == COUNTRY
        )
        contact = json.loads(unseal(sealed_contact, key, identity.PURPOSE)) if sealed_contact else {}
        held = contact.get(column.name) if is_in_contact else in_raw
        # Of a second correction it is still the first value that the source delivers.
        disputed = json.loads(unseal(in_force, key, PURPOSE)).get("disputed", held) if in_force else held
        changes = raw_changes(column, held, correction.value, country, contact.get("postcode"))
        content = {"value": correction.value, "disputed": disputed, "why": why}
        renewed = {**contact, column.name: correction.value} if is_in_contact else None
        done = connection.execute(
            "select identity.rectify(%s, %s, %s, %s, %s::text[], %s::text[], %s::text[], %s, %s, %s)",
            [
                customer_key,
                column.name,
                _hashes([disputed], column.name, secrets)[0],
                _sealed(content, key, PURPOSE),
                [change.raw_name for change in changes],
                [change.disputed for change in changes],
                [change.corrected for change in changes],
                None if renewed is None else _sealed(renewed, key, identity.PURPOSE),
                getuser(),
                request_id,
            ],
        ).fetchone()
    assert done is not None
    return int(done[0])


def list_rectifications(connection: Connection, secrets: Secrets, customer_key: str) -> list[dict[str, Any]]:
    """What was corrected of a customer, with value and reason."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "select * from identity.read_rectifications(%s, %s)", [customer_key, getuser()]
        ).fetchall()
    key = secrets.key("contact_key")
    found = [(row, json.loads(unseal(row.pop("payload"), key, PURPOSE))) for row in rows]
    return [{**row, "value": content["value"], "why": content["why"]} for row, content in found]


def rectify_batches(
    connection: Connection, secrets: Secrets, run_id: str, batches: Iterable[CheckedBatch]
) -> Iterator[CheckedBatch]:
    """The batches of `customers` with the corrections in force; those whose disputed value did not come are released.

    A customer who is not delivered keeps the correction: a delta brings only what changed.
    """
    active = read_rectifications_in_force(connection, secrets, run_id)
    delivered: set[int] = set()
    disputed: set[int] = set()
    for checked in batches:
        yield replace(checked, kept=_rectified(checked.kept, active, secrets, delivered, disputed))
    if delivered - disputed:
        connection.execute("select identity.release_corrections(%s, %s)", [sorted(delivered - disputed), run_id])


def read_rectifications_in_force(connection: Connection, secrets: Secrets, run_id: str) -> list[Rectification]:
    """What a run must correct, and what was wrong: whoever wrote texts about the customer may have used it."""
    key = secrets.key("contact_key")
    rows = connection.execute("select * from identity.corrections_in_force(%s)", [run_id]).fetchall()
    found = []
    for number, customer_key, customer_id, column, disputed_hash, payload in rows:
        content = json.loads(unseal(payload, key, PURPOSE))
        found.append(
            Rectification(
                number, customer_key, customer_id, column, disputed_hash, content.get("disputed"), content["value"]
            )
        )
    return found


def _rectified(
    kept: pa.RecordBatch, active: list[Rectification], secrets: Secrets, delivered: set[int], disputed: set[int]
) -> pa.RecordBatch:
    if not active:
        return kept
    keys = customer_keys(kept["customer_id"], secrets.key("pseudonym_key"))
    for one in active:
        if one.column_name not in kept.schema.names:
            continue
        is_customer = pc.equal(keys, one.customer_key)
        places = pc.indices_nonzero(is_customer).to_pylist()
        if not places:
            continue
        delivered.add(one.rectification_id)
        values = kept[one.column_name]
        hashes = _hashes(values.take(pa.array(places)).cast(pa.string()).to_pylist(), one.column_name, secrets)
        wrong = [place for place, found in zip(places, hashes, strict=True) if found == one.disputed_hash]
        if wrong:
            disputed.add(one.rectification_id)
            is_wrong = pc.is_in(pa.array(range(len(values))), pa.array(wrong))
            corrected = pa.scalar(one.value, pa.string()).cast(values.type)
            position = kept.schema.get_field_index(one.column_name)
            kept = kept.set_column(position, kept.schema.field(position), pc.if_else(is_wrong, corrected, values))
    return kept


def _read_disputed(
    connection: Connection, customer_key: str, column: str, *, with_contact: bool
) -> tuple[str | None, str | None, bytes | None, bytes | None]:
    """What `raw` holds in `column`, the country, the sealed contact data, and the sealed correction in force."""
    with known_customer():
        row = connection.execute(
            "select * from identity.read_disputed(%s, %s, %s, %s)", [customer_key, column, with_contact, getuser()]
        ).fetchone()
    assert row is not None
    in_raw, country, contact, correction = row
    return in_raw, country, contact, correction


def _sealed(content: Mapping[str, Any], key: bytes, purpose: str) -> bytes:
    return seal(json.dumps(content, ensure_ascii=False).encode(), key, purpose)


def _hashes(values: list[str | None], column: str, secrets: Secrets) -> list[str | None]:
    return list(pseudonyms(values, secrets.key("tombstone_key"), f"{PURPOSE}:{column}").to_pylist())
