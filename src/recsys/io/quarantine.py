"""`quarantine.rows`: rows that break the contract, sealed, with a reason that anybody may read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from recsys.cleaning.rows import Reject
from recsys.io.postgres import Connection
from recsys.io.sealing import seal
from recsys.privacy.keys import pseudonyms

PURPOSE = "quarantine"


def clear_quarantine(connection: Connection, load_id: str) -> None:
    """Forget what an earlier attempt at this load rejected."""
    connection.execute("delete from quarantine.rows where load_id = %s", [load_id])


def write_quarantine(
    connection: Connection, load_id: str, table_name: str, rejects: Sequence[Reject], key: bytes
) -> None:
    """Append rejected rows of one table. `key` seals them and hides whose they are."""
    if not rejects:
        return
    hashes = customer_hashes([reject.customer_id for reject in rejects], key)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy quarantine.rows (load_id, table_name, line, column_name, rule, reason, customer_hash, payload) "
            "from stdin"
        ) as copy,
    ):
        for reject, customer_hash in zip(rejects, hashes, strict=True):
            payload = seal(json.dumps(reject.row, default=str).encode(), key, PURPOSE)
            copy.write_row(
                [
                    load_id,
                    table_name,
                    reject.line,
                    _storable(reject.column),
                    reject.rule,
                    reject.reason,
                    customer_hash,
                    payload,
                ]
            )


def customer_hashes(customer_ids: Sequence[str | None], key: bytes) -> list[bytes | None]:
    """The `customer_hash` of each customer id, 16 bytes: by it a person's rows are found and erased."""
    texts = pseudonyms(customer_ids, key, PURPOSE).to_pylist()
    return [None if text is None else uuid.UUID(text).bytes for text in texts]


def _storable(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "")
