"""Forgetting old versions of a key, once it is proved that nothing is sealed with them any more."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recsys.errors import RunError
from recsys.io.key_rotation import ROLE, keyed_columns, open_sealed
from recsys.io.key_versions import check_forgettable, forget_versions, key_versions_on
from recsys.io.postgres import Connection, Database, writer_lock
from recsys.io.sealing import NONCE_BYTES
from recsys.types import Progress


def retire_key(database: Database, home: Path, name: str, progress: Progress) -> list[int]:
    """Forget all versions of a key before the one in force, and return them.

    Every sealed value is opened before. Raises `RunError` where one opens only with an old version, where a step is
    writing, and for versions that make hashes.
    """
    with database.connect(ROLE) as connection, writer_lock(connection):
        in_force = key_versions_on(connection).get(name, 1)
        old = [version for version in database.secrets.versions(name) if version < in_force]
        for version in old or [in_force]:
            check_forgettable(database.secrets, name, version)
        if not old:
            return []
        connection.execute("select identity.begin_key_work(%s)", [name])
        left = _left(connection, name, bytes(database.secrets.version(name, in_force)), progress)
        if left:
            where = ", ".join(f"{n_rows:,} in {table}" for table, n_rows in left.items())
            raise RunError(
                f"Values are still sealed with another version of {name}: {where}.",
                remedy=f"`recsys keys rotate {name.removesuffix('_key')}` seals them anew.",
            )
        connection.execute("select ops.note_retired_key(%s, %s, %s)", [name, old, getuser()])
        forget_versions(home, name, old)
    return old


def _left(connection: Connection, name: str, key: bytes, progress: Progress) -> dict[str, int]:
    """By table, how many values `key` does not open."""
    left: dict[str, int] = {}
    cipher, done = AESGCM(key), 0
    for column in keyed_columns(connection, name):
        if not column.is_sealed:
            continue
        for rows in open_sealed(connection, column):
            n_closed = sum(not _opens(cipher, sealed, str(column.detail)) for _, sealed in rows)
            if n_closed:
                left[column.table] = left.get(column.table, 0) + n_closed
            done += len(rows)
            progress(done, None, "sealed values tried")
    return left


def _opens(cipher: AESGCM, sealed: bytes, purpose: str) -> bool:
    try:
        cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
    except InvalidTag:
        return False
    return True
