"""`ops.erasure_receipts`: what each erasure did, in counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

from psycopg.types.json import Jsonb

from recsys.io.postgres import Connection
from recsys.privacy.erasure import Receipt


def write_receipt(connection: Connection, request_id: int, tombstone: str, receipt: Receipt) -> None:
    """Keep the receipt of an erasure, in its transaction."""
    connection.execute(
        "select ops.write_erasure_receipt(%s, %s, %s)", [request_id, tombstone, Jsonb(receipt.to_json())]
    )


def read_receipt(connection: Connection, request_id: int) -> dict[str, Any] | None:
    """What an erasure did, with `erased_at`; None where it was not carried out."""
    row = connection.execute(
        "select contents, erased_at from ops.erasure_receipts where request_id = %s", [request_id]
    ).fetchone()
    return None if row is None else {**row[0], "erased_at": row[1]}


def count_flagged(connection: Connection) -> tuple[Counter[str], Counter[str]]:
    """By model version, over all receipts: erased persons that it was trained on, and vectors that went from it."""
    trained_on, vectors = Counter[str](), Counter[str]()
    for (models,) in connection.execute("select contents -> 'models' from ops.erasure_receipts").fetchall():
        trained_on.update(models["trained_on"])
        vectors.update(models["vectors"])
    return trained_on, vectors
