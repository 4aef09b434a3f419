"""`quarantine.rows`: rows that break the contract, sealed, with a reason that anybody may read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from recsys.cleaning.quarantined import content_text
from recsys.cleaning.rows import Reject
from recsys.io.postgres import Connection
from recsys.io.sealing import seal, unseal
from recsys.privacy.keys import pseudonyms

PURPOSE = "quarantine"


def clear_quarantine(connection: Connection, load_id: str) -> None:
    """Forget what an earlier attempt at this load rejected, and what it found of rows that waited."""
    connection.execute("delete from quarantine.rows where load_id = %s", [load_id])
    connection.execute("delete from quarantine.outcomes where run_id = %s", [load_id])


def write_quarantine(
    connection: Connection, load_id: str, table_name: str, rejects: Sequence[Reject], key: bytes
) -> None:
    """Append rejected rows of one table. `key` seals them and hides whose they are."""
    if not rejects:
        return
    customers = customer_hashes([reject.customer_id for reject in rejects], key)
    contents = content_hashes(table_name, [reject.row for reject in rejects], key)
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for reject, customer_hash, content_hash in zip(rejects, customers, contents, strict=True):
            copy.write_row(
                [
                    load_id,
                    table_name,
                    reject.line,
                    _storable(reject.column),
                    reject.rule,
                    reject.reason,
                    customer_hash,
                    sealed_row(reject.row, key),
                    reject.source,
                    _storable(reject.file),
                    _storable(reject.version),
                    content_hash,
                ]
            )


def sealed_row(row: Mapping[str, Any], key: bytes) -> bytes:
    """A row that only `key` opens."""
    return seal(json.dumps(row, default=str).encode(), key, PURPOSE)


def unsealed_row(payload: bytes, key: bytes) -> dict[str, Any]:
    """The row that was sealed; dates and amounts are texts. Raises `SettingsError` where the key is another."""
    return dict(json.loads(unseal(payload, key, PURPOSE)))


def customer_hashes(customer_ids: Sequence[str | None], key: bytes) -> list[bytes | None]:
    """The `customer_hash` of each customer id, 16 bytes: by it a person's rows are found and erased."""
    return _hashes(customer_ids, key, PURPOSE)


def content_hashes(table_name: str, rows: Sequence[Mapping[str, Any]], key: bytes) -> list[bytes | None]:
    """The `content_hash` of each row of a table, 16 bytes: by it the same row is known again."""
    return _hashes([content_text(row) for row in rows], key, f"{PURPOSE} row {table_name}")


def _hashes(texts: Sequence[str | None], key: bytes, domain: str) -> list[bytes | None]:
    return [None if text is None else uuid.UUID(text).bytes for text in pseudonyms(texts, key, domain).to_pylist()]


def _storable(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "")


_COPY = """
    copy quarantine.rows (
        load_id, table_name, line, column_name, rule, reason, customer_hash, payload, source, file, version,
        content_hash
    ) from stdin
"""
