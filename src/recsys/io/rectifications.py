"""`identity.rectifications`: corrected values, applied to what a source still delivers wrongly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from getpass import getuser
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg.rows import dict_row

from recsys.cleaning.rows import CheckedBatch
from recsys.io.consents import known_customer
from recsys.io.postgres import Connection
from recsys.io.sealing import seal, unseal
from recsys.io.secrets import Secrets
from recsys.privacy.keys import customer_keys, pseudonyms

PURPOSE = "rectification"


@dataclass(frozen=True, slots=True)
class Rectification:
    """A correction in force: rows of `customer_key` whose value hashes to `disputed_hash` get `value`."""

    rectification_id: int
    customer_key: str
    column_name: str
    disputed_hash: str | None
    value: str | None = field(repr=False)


def write_rectification(
    connection: Connection,
    secrets: Secrets,
    customer_key: str,
    column: str,
    value: str | None,
    *,
    why: str,
    request_id: int,
) -> int:
    """Correct a value at once and from now on; the number of rows of `raw.customers` that had the disputed one.

    Raises `NotFoundError` for a key that no customer has.
    """
    with known_customer():
        row = connection.execute(
            "select identity.read_disputed_value(%s, %s, %s)", [customer_key, column, getuser()]
        ).fetchone()
        assert row is not None
        key = secrets.key("contact_key")
        sealed = seal(json.dumps({"value": value, "why": why}).encode(), key, PURPOSE)
        hashed = _hashes([row[0]], column, secrets)[0]
        done = connection.execute(
            "select identity.rectify(%s, %s, %s, %s, %s, %s, %s, %s)",
            [customer_key, column, row[0], hashed, value, sealed, getuser(), request_id],
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
    return [{**row, **json.loads(unseal(row.pop("payload"), key, PURPOSE))} for row in rows]


def rectify_batches(
    connection: Connection, secrets: Secrets, batches: Iterable[CheckedBatch]
) -> Iterator[CheckedBatch]:
    """The batches of `customers` with the corrections in force; those whose disputed value did not come are released.

    A customer who is not delivered keeps the correction: a delta brings only what changed.
    """
    active = _read_active(connection, secrets)
    delivered: set[int] = set()
    disputed: set[int] = set()
    for checked in batches:
        yield replace(checked, kept=_rectified(checked.kept, active, secrets, delivered, disputed))
    connection.execute(
        """
        update identity.rectifications set state = 'released', ended_at = clock_timestamp()
        where rectification_id = any(%s) and state = 'active'
        """,
        [sorted(delivered - disputed)],
    )


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


def _read_active(connection: Connection, secrets: Secrets) -> list[Rectification]:
    key = secrets.key("contact_key")
    rows = connection.execute(
        """
        select rectification_id, customer_key::text, column_name, disputed_hash::text, payload
        from identity.rectifications where state = 'active' order by rectification_id
        """
    ).fetchall()
    return [
        Rectification(number, customer_key, column, disputed, json.loads(unseal(payload, key, PURPOSE))["value"])
        for number, customer_key, column, disputed, payload in rows
    ]


def _hashes(values: list[str | None], column: str, secrets: Secrets) -> list[str | None]:
    return list(pseudonyms(values, secrets.key("tombstone_key"), f"{PURPOSE}:{column}").to_pylist())
