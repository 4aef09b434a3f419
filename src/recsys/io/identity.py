"""`identity.customers`: who the bank's customers are, their keys, and their sealed contact data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import LiteralString
from uuid import UUID

import pyarrow as pa
from psycopg import sql

from recsys.io.arrow_copy import write_table
from recsys.io.audited_reading import read_by_function
from recsys.io.json_rows import json_rows
from recsys.io.postgres import Connection
from recsys.io.quarantine import customer_hashes
from recsys.io.sealing import seal_all, unseal

PURPOSE = "contact"
READ_ROWS = 1 << 14


class ContactPurpose(StrEnum):
    """What all customers' contact data is read for; each is a function of its own in the database."""

    LINKING = "linking"
    REDACTION = "redaction"


_CONTACTS: Mapping[ContactPurpose, LiteralString] = {
    ContactPurpose.LINKING: "select identity.contacts_for_linking(%s)",
    ContactPurpose.REDACTION: "select identity.contacts_for_redaction(%s)",
}


def sealed_contacts(batch: pa.RecordBatch, columns: Sequence[str], key: bytes) -> pa.Array:
    """For each row (n,) its `columns` as JSON without the empty ones, sealed, as PostgreSQL writes bytes."""
    contents = json_rows(batch.select(list(columns))).cast(pa.binary()).to_pylist()
    return pa.array([f"\\x{content.hex()}" for content in seal_all(contents, key, PURPOSE)], pa.string())


def read_contacts(
    connection: Connection, key: bytes, purpose: ContactPurpose = ContactPurpose.LINKING, subject: str | None = None
) -> Iterator[list[tuple[str, dict[str, str]]]]:
    """Customer ids with their unsealed contact data, in batches. `subject` is what it was for, in the audit log."""
    for rows in read_by_function(connection, _CONTACTS[purpose], [subject], READ_ROWS):
        yield [(customer_id, json.loads(unseal(contact, key, PURPOSE))) for customer_id, contact in rows]


def read_standing(connection: Connection, one: str, other: str, key: bytes) -> tuple[str, str]:
    """Key and id of the customer that stands for the persons of two customers, by their keys: the earliest registered,
    then the smallest id.
    """
    rows = connection.execute(
        "select customer_key::text, customer_id, contact from identity.contacts_for_joining(%s, %s)",
        [UUID(one), UUID(other)],
    ).fetchall()
    ranked = []
    for customer_key, customer_id, contact in rows:
        registered = json.loads(unseal(contact, key, PURPOSE)).get("registered_at") if contact else None
        ranked.append((registered is None, registered or "", customer_id, customer_key))
    *_, customer_id, customer_key = min(ranked)
    return customer_key, customer_id


def read_known_among(connection: Connection, customer_ids: Iterable[str], purpose: str) -> set[str]:
    """Those of `customer_ids` that are customers of the bank."""
    rows = connection.execute("select * from identity.ids_among(%s, %s)", [list(customer_ids), purpose])
    return {row[0] for row in rows}


def replace_customers(connection: Connection, customers: Iterable[pa.Table], run_id: str) -> int:
    """Put `customers` in the place of all that are there; readers see the old ones until the commit."""
    connection.execute("select identity.clear_customers(%s)", [run_id])
    return sum(write_table(connection, sql.Identifier("identity", "customers"), batch) for batch in customers)


def forget_customers(connection: Connection, hash_key: bytes, run_id: str) -> int:
    """Forget customers who are not in `raw`: deleted at the source, or of a run that never came so far; and what their
    values were before they were standardised. `hash_key` is the key of `customer_hash`.
    """
    forgotten = connection.execute("select * from identity.forget_customers(%s)", [run_id]).fetchall()
    hashes = customer_hashes([customer_id for (customer_id,) in forgotten], hash_key)
    connection.execute("select identity.forget_originals(%s::bytea[], %s)", [hashes, run_id])
    return len(forgotten)


def upsert_customers(connection: Connection, customers: Iterable[pa.Table], run_id: str) -> int:
    """Add `customers`, or renew those that are there under the same key."""
    aside = sql.Identifier("identity", "new_customers")
    n_rows = sum(write_table(connection, aside, batch) for batch in customers)
    _count(connection, "select identity.take_new_customers(%s)", run_id)
    return n_rows


def write_person_keys(connection: Connection, links: pa.Table, run_id: str) -> int:
    """Renew the person of customers who are there already: (customer_key, person_key, match_rule)."""
    write_table(connection, sql.Identifier("identity", "new_links"), links)
    return _count(connection, "select identity.take_new_links(%s)", run_id)


def _count(connection: Connection, query: LiteralString, run_id: str) -> int:
    row = connection.execute(query, [run_id]).fetchone()
    return int(row[0]) if row else 0
