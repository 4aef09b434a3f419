"""`ops.loads`: one row for every feed that was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from psycopg.types.json import Jsonb

from recsys.feed.manifest import Manifest
from recsys.io.postgres import Connection
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class Load:
    """What was landed. `table_counts` holds rows read, kept and quarantined by table."""

    load_id: str
    source: str
    fingerprint: str
    as_of: date
    manifest: Manifest
    table_counts: Mapping[str, JSON]


def write_landed(connection: Connection, load: Load) -> None:
    """Register a load as landed; landing it again replaces the row."""
    manifest = load.manifest
    connection.execute(
        """
        insert into ops.loads
            (load_id, source, fingerprint, as_of, name, currency, mode, history, legal_basis, table_counts, state)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'landed')
        on conflict (load_id) do update
        set source = excluded.source, fingerprint = excluded.fingerprint, as_of = excluded.as_of,
            name = excluded.name, currency = excluded.currency, mode = excluded.mode, history = excluded.history,
            legal_basis = excluded.legal_basis, table_counts = excluded.table_counts, state = excluded.state,
            landed_at = now(), anonymised_at = null
        """,
        [
            load.load_id, load.source, load.fingerprint, load.as_of, manifest.name, manifest.currency, manifest.mode,
            manifest.history, manifest.legal_basis, Jsonb(dict(load.table_counts)),
        ],
    )  # fmt: skip


def mark_resolved(connection: Connection, load_id: str) -> None:
    """Note that the customers of a load have their keys."""
    connection.execute("update ops.loads set state = 'resolved' where load_id = %s", [load_id])
