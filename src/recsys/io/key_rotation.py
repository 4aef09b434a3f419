"""Rotation of keys: a new version in the secrets, then everything stored under the key renewed in one transaction.

Killed before the commit, the old version is in force and nothing has changed; the new version stays in the secrets and
the next rotation takes it. Readers see the old state until the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

import pyarrow as pa
from psycopg import ServerCursor, sql
from psycopg.types.json import Jsonb

from recsys.io.arrow_copy import write_table
from recsys.io.key_versions import key_versions_on, make_version
from recsys.io.postgres import Connection, Database, writer_lock
from recsys.io.sealing import seal_all, unseal
from recsys.io.secrets import Secrets
from recsys.privacy.keys import renewed
from recsys.types import Progress

ROLE = "officer"
READ_ROWS = 1 << 15
_CHANGES = sql.Identifier("identity", "key_changes")
_RESEALED = sql.Identifier("identity", "resealed_values")


@dataclass(frozen=True, slots=True)
class KeyedColumn:
    """A column that belongs to a key. `form` is how; of a sealed one `detail` is the purpose."""

    table: str
    column: str
    form: str
    detail: str | None

    @property
    def is_sealed(self) -> bool:
        """Whether its values are opened, not compared."""
        return self.form == "sealed"


@dataclass(frozen=True, slots=True)
class Rotation:
    """What came of the rotation of one key. `changed` counts rows by `table.column`."""

    key_name: str
    version: int
    changed: dict[str, int]


def rotate_keys(database: Database, home: Path, names: Sequence[str], progress: Progress) -> list[Rotation]:
    """Bring each of the keys `names` to its next version, all in one transaction.

    Raises `RunError` where a step is writing, and `SettingsError` where the new version has to come from outside.
    """
    with database.connect(ROLE) as connection, writer_lock(connection):
        versions = key_versions_on(connection)
        secrets = database.secrets
        for name in names:
            secrets = make_version(home, name, versions.get(name, 1) + 1)
        return [_rotate(connection, secrets, name, versions.get(name, 1), progress) for name in names]


def keyed_columns(connection: Connection, name: str) -> list[KeyedColumn]:
    """The columns of all tables that belong to a key."""
    rows = connection.execute(
        "select table_name, column_name, form, detail from ops.keyed_columns where key_name = %s order by 1, 2", [name]
    )
    return [KeyedColumn(*row) for row in rows.fetchall()]


def open_sealed(connection: Connection, column: KeyedColumn) -> Iterator[list[tuple[str, bytes]]]:
    """Sealed values with the place of their row, in batches; written down in `ops.audit_log`."""
    connection.execute("select identity.open_sealed_values(%s, %s)", [column.table, column.column])
    yield from _fetched(connection, "sealed_values")


def _rotate(connection: Connection, secrets: Secrets, name: str, version: int, progress: Progress) -> Rotation:
    connection.execute("select identity.begin_key_work(%s)", [name])
    columns = keyed_columns(connection, name)
    changed = {}
    _write_changes(connection, name, secrets.version(name, version + 1).links[-1], progress)
    for done, column in enumerate(columns):
        progress(done, len(columns), f"columns of {name}")
        label = f"{column.table}.{column.column}"
        changed[label] = (
            _reseal(connection, secrets, name, version, column, progress)
            if column.is_sealed
            else _renew(connection, column)
        )
    changed = {label: n_rows for label, n_rows in changed.items() if n_rows}
    connection.execute(
        "select identity.put_key_in_force(%s, %s, %s, %s)", [name, version + 1, getuser(), Jsonb(changed)]
    )
    return Rotation(name, version + 1, changed)


def _write_changes(connection: Connection, name: str, link: bytes, progress: Progress) -> None:
    """What every pseudonym and hash of a key becomes. It follows from the old value alone: no id is read."""
    connection.execute("select identity.open_keyed_values(%s)", [name])
    done = 0
    for rows in _fetched(connection, "keyed_values"):
        old = pa.array([row[0] for row in rows], pa.string())
        write_table(connection, _CHANGES, pa.table({"old_value": old, "new_value": renewed(old, [link])}))
        done += len(rows)
        progress(done, None, f"values of {name} renewed")


def _renew(connection: Connection, column: KeyedColumn) -> int:
    return _count(connection, "select identity.renew_column(%s, %s)", [column.table, column.column])


def _reseal(
    connection: Connection, secrets: Secrets, name: str, version: int, column: KeyedColumn, progress: Progress
) -> int:
    old, new, purpose = secrets.version(name, version), secrets.version(name, version + 1), str(column.detail)
    done = 0
    for rows in open_sealed(connection, column):
        contents = [unseal(sealed, old, purpose) for _, sealed in rows]
        values = pa.array([f"\\x{content.hex()}" for content in seal_all(contents, new, purpose)], pa.string())
        write_table(connection, _RESEALED, pa.table({"place": [place for place, _ in rows], "sealed": values}))
        done += len(rows)
        progress(done, None, f"values of {column.table} sealed anew")
    return _count(connection, "select identity.reseal_column(%s, %s)", [column.table, column.column])


def _fetched(connection: Connection, cursor_name: str) -> Iterator[list[tuple[str, bytes]]]:
    with ServerCursor(connection, cursor_name) as cursor:
        while rows := cursor.fetchmany(READ_ROWS):
            yield rows


def _count(connection: Connection, query: str, values: Iterable[str]) -> int:
    row = connection.execute(query.encode(), list(values)).fetchone()
    assert row is not None
    return int(row[0])
