"""`identity.customers`: who the bank's customers are, their keys, and their sealed contact data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
from psycopg import sql

from recsys.io.arrow_copy import write_table
from recsys.io.json_rows import json_rows
from recsys.io.postgres import Connection
from recsys.io.quarantine import customer_hashes
from recsys.io.sealing import seal_all, unseal

PURPOSE = "contact"
READ_ROWS = 1 << 14
_ASIDE = sql.Identifier("new_customers")


def sealed_contacts(batch: pa.RecordBatch, columns: Sequence[str], key: bytes) -> pa.Array:
    """For each row (n,) its `columns` as JSON without the empty ones, sealed, as PostgreSQL writes bytes."""
    contents = json_rows(batch.select(list(columns))).cast(pa.binary()).to_pylist()
    return pa.array([f"\\x{content.hex()}" for content in seal_all(contents, key, PURPOSE)], pa.string())


def read_contacts(connection: Connection, key: bytes) -> Iterator[list[tuple[str, dict[str, str]]]]:
    """Customer ids with their unsealed contact data, in batches."""
    with connection.cursor(name="contacts") as cursor:
        cursor.execute("select customer_id, contact from identity.customers where contact is not null")
        while rows := cursor.fetchmany(READ_ROWS):
            yield [(customer_id, json.loads(unseal(contact, key, PURPOSE))) for customer_id, contact in rows]


def read_standing(connection: Connection, keys: Sequence[str], key: bytes) -> tuple[str, str]:
    """Key and id of the customer that stands for the persons of customers `keys`: the earliest registered, then the
    smallest id.
    """
    rows = connection.execute(
        """
        select customer_key::text, customer_id, contact from identity.customers
        where customer_key in (select person_key from identity.customers where customer_key = any(%s::uuid[]))
        """,
        [list(keys)],
    ).fetchall()
    ranked = []
    for customer_key, customer_id, contact in rows:
        registered = json.loads(unseal(contact, key, PURPOSE)).get("registered_at") if contact else None
        ranked.append((registered is None, registered or "", customer_id, customer_key))
    *_, customer_id, customer_key = min(ranked)
    return customer_key, customer_id


def replace_customers(connection: Connection, customers: Iterable[pa.Table]) -> int:
    """Put `customers` in the place of all that are there; readers see the old ones until the commit."""
    connection.execute("delete from identity.customers")
    return sum(write_table(connection, sql.Identifier("identity", "customers"), batch) for batch in customers)


def forget_customers(connection: Connection, hash_key: bytes) -> int:
    """Forget customers who are not in `raw`: deleted at the source, or of a run that never came so far; and what their
    values were before they were standardised. `hash_key` is the key of `customer_hash`.
    """
    forgotten = connection.execute(
        """
        delete from identity.customers
        where not exists (select 1 from raw.customers as kept where kept.customer_key = customers.customer_key)
        returning customer_id
        """
    ).fetchall()
    connection.execute(
        "delete from identity.originals where customer_hash = any(%s::bytea[])",
        [customer_hashes([customer_id for (customer_id,) in forgotten], hash_key)],
    )
    return len(forgotten)


def upsert_customers(connection: Connection, customers: Iterable[pa.Table]) -> int:
    """Add `customers`, or renew those that are there under the same key."""
    connection.execute(sql.SQL("create temporary table {} (like identity.customers) on commit drop").format(_ASIDE))
    n_rows = sum(write_table(connection, _ASIDE, batch) for batch in customers)
    connection.execute(
        sql.SQL(
            """
            insert into identity.customers select * from {}
            on conflict (customer_key) do update
            set person_key = excluded.person_key, match_rule = excluded.match_rule, contact = excluded.contact,
                load_id = excluded.load_id
            """
        ).format(_ASIDE)
    )
    return n_rows


def write_person_keys(connection: Connection, links: pa.Table) -> int:
    """Renew the person of customers who are there already: (customer_key, person_key, match_rule)."""
    connection.execute(
        """
        create temporary table new_links (customer_key uuid, person_key uuid, match_rule text) on commit drop
        """
    )
    write_table(connection, sql.Identifier("new_links"), links)
    changed = connection.execute(
        """
        update identity.customers set person_key = new_links.person_key, match_rule = new_links.match_rule
        from new_links
        where customers.customer_key = new_links.customer_key
            and (customers.person_key, customers.match_rule) is distinct from
                (new_links.person_key, new_links.match_rule)
        """
    )
    return changed.rowcount
