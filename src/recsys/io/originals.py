"""`identity.originals`: what personal values were before they were standardised, sealed."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from recsys.cleaning.rows import CheckedBatch
from recsys.feed.columns import Table
from recsys.io.arrow_copy import write_table
from recsys.io.postgres import Connection
from recsys.io.sealing import seal
from recsys.io.secrets import Secrets
from recsys.privacy.keys import pseudonyms

PURPOSE = "originals"
# The domain of `customer_hash` in `quarantine.rows`: one hash finds a person in both.
_CUSTOMER_DOMAIN = "quarantine"
_BETWEEN = "\x1f"
_TARGET = sql.Identifier("identity", "originals")


def clear_originals(connection: Connection, run_id: str) -> None:
    """Forget what an earlier attempt at this run changed, and what runs did whose feed never landed."""
    connection.execute("select identity.clear_originals(%s, false)", [run_id])


def clear_originals_of_others(connection: Connection, run_id: str) -> None:
    """Forget the originals of all other runs: a full feed brings every value anew."""
    connection.execute("select identity.clear_originals(%s, true)", [run_id])


def write_originals(connection: Connection, run_id: str, table: Table, checked: CheckedBatch, secrets: Secrets) -> None:
    """Append the originals of a batch; rows without any leave nothing."""
    if not checked.originals:
        return
    changed = np.zeros(checked.kept.num_rows, dtype=bool)
    for texts in checked.originals.values():
        changed |= texts.is_valid().to_numpy(zero_copy_only=False)
    places = pa.array(np.flatnonzero(changed))
    rows = checked.kept.select(list(_key_columns(table))).take(places)
    hash_key = secrets.key("quarantine_key")
    write_table(
        connection,
        _TARGET,
        pa.table(
            {
                "run_id": pa.repeat(run_id, len(places)),
                "table_name": pa.repeat(table.name, len(places)),
                "row_hash": _as_bytes(row_hashes(rows, table, hash_key)),
                "customer_hash": _customer_hashes(rows, hash_key),
                "payload": _payloads(checked, places, secrets.key("contact_key")),
            }
        ),
    )


def row_hashes(rows: pa.RecordBatch, table: Table, key: bytes) -> pa.Array:
    """The keyed hash of each row's key (n,), as uuid text."""
    parts = [pc.fill_null(rows[name].cast(pa.string()), "") for name in table.key]
    return pseudonyms(pc.binary_join_element_wise(*parts, _BETWEEN), key, f"{PURPOSE}:{table.name}")


def _key_columns(table: Table) -> tuple[str, ...]:
    is_of_customers = "customer_id" in table.column_names and "customer_id" not in table.key
    return (*table.key, "customer_id") if is_of_customers else table.key


def _customer_hashes(rows: pa.RecordBatch, key: bytes) -> pa.Array:
    if "customer_id" not in rows.schema.names:
        return pa.nulls(rows.num_rows, pa.string())
    return _as_bytes(pseudonyms(rows["customer_id"], key, _CUSTOMER_DOMAIN))


def _payloads(checked: CheckedBatch, places: pa.Array, key: bytes) -> pa.Array:
    texts = pa.table({name: values.take(places) for name, values in checked.originals.items()})
    filled = ({name: text for name, text in row.items() if text is not None} for row in texts.to_pylist())
    sealed = (seal(json.dumps(row, ensure_ascii=False).encode(), key, PURPOSE) for row in filled)
    return pa.array([f"\\x{content.hex()}" for content in sealed], pa.string())


def _as_bytes(uuids: pa.Array) -> pa.Array:
    """As PostgreSQL writes bytes."""
    return pc.binary_join_element_wise("\\x", pc.replace_substring(uuids, "-", ""), "")
