"""Tombstones: who was erased and stays out, in `ops.tombstones` and in a file that only grows.

The file lies beside the database, so that a backup of the database that is restored does not bring anybody back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from psycopg import ServerCursor

from recsys.errors import PrivacyError
from recsys.io.postgres import Connection
from recsys.privacy.requests import tombstone_hashes

READ_ROWS = 1 << 14


def tombstones_file(home: Path) -> Path:
    """Where a home keeps its tombstones."""
    return home / "tombstones.jsonl"


def append_tombstones(home: Path, hashes: Sequence[str], day: date) -> None:
    """Add to the file what it does not say yet, and return when the disk has it."""
    known = read_tombstones_file(home)
    lines = [
        json.dumps({"tombstone": one, "erased_on": day.isoformat()}) + "\n"
        for one in hashes
        if known.get(one, date.min) < day
    ]
    if not lines:
        return
    path = tombstones_file(home)
    if not path.exists():
        path.touch(mode=0o600)
    with path.open("a") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def read_tombstones_file(home: Path) -> dict[str, date]:
    """By hash the last day of erasure; empty where nobody was erased.

    Raises `PrivacyError` where a line cannot be read: somebody who was erased might come back.
    """
    path = tombstones_file(home)
    if not path.exists():
        return {}
    found: dict[str, date] = {}
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            hashed, day = str(entry["tombstone"]), date.fromisoformat(entry["erased_on"])
        except (ValueError, KeyError, TypeError) as error:
            # A line that was cut off while it was written belongs to an erasure that is carried out again.
            if number == len(lines):
                continue
            raise PrivacyError(
                f"{path}, line {number} is no tombstone.", remedy="Restore the file from its last copy."
            ) from error
        found[hashed] = max(found.get(hashed, date.min), day)
    return found


def read_tombstones(connection: Connection) -> dict[str, tuple[date, bool]]:
    """By hash the day of erasure, and whether the customer has registered anew since."""
    rows = connection.execute("select tombstone_hash::text, erased_on, returned_on from ops.tombstones").fetchall()
    return {hashed: (day, returned is not None) for hashed, day, returned in rows}


def write_tombstones(connection: Connection, request_id: int, hashes: Sequence[str], day: date) -> None:
    """Write them into the table, as of a request that is being carried out."""
    connection.execute("select ops.write_tombstones(%s, %s::uuid[], %s)", [request_id, list(hashes), day])


def has_tombstones_of(connection: Connection, request_id: int) -> bool:
    """Whether this request has kept somebody out before."""
    row = connection.execute(
        "select exists(select 1 from ops.tombstones where request_id = %s)", [request_id]
    ).fetchone()
    assert row is not None
    return bool(row[0])


def restore_tombstones(connection: Connection, lacking: Mapping[str, date]) -> None:
    """Write into the table what only the file knows."""
    connection.execute("select ops.restore_tombstones(%s::uuid[], %s::date[])", [list(lacking), list(lacking.values())])


def note_returned(connection: Connection, returned: Mapping[str, date]) -> None:
    """Note which customers have registered anew, by hash and day."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "update ops.tombstones set returned_on = %s where tombstone_hash = %s and returned_on is null",
            [(day, hashed) for hashed, day in returned.items()],
        )


def find_customers(connection: Connection, hashes: Sequence[str], key: bytes) -> dict[str, str]:
    """By customer id the hash, of those of `hashes` whose customers are there, as a restored backup has them."""
    wanted, found = set(hashes), dict[str, str]()
    connection.execute("select ops.open_customer_ids()")
    with ServerCursor(connection, "customer_ids") as cursor:
        while rows := cursor.fetchmany(READ_ROWS):
            ids = [row[0] for row in rows]
            pairs = zip(ids, tombstone_hashes(ids, key), strict=True)
            found |= {customer_id: hashed for customer_id, hashed in pairs if hashed in wanted}
    return found
