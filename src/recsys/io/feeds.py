"""`ops.feeds`: one row for every feed that was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from psycopg.types.json import Jsonb

from recsys.feed.manifest import Manifest
from recsys.io.postgres import Connection
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class TakenFeed:
    """What was landed. `table_counts` holds rows read, kept and quarantined by table."""

    run_id: str
    location: str
    fingerprint: str
    as_of: date
    manifest: Manifest
    table_counts: Mapping[str, JSON]


def write_landed(connection: Connection, feed: TakenFeed) -> None:
    """Register a feed as landed; landing it again replaces the row, but for when it was in `raw` before."""
    manifest = feed.manifest
    connection.execute(
        """
        insert into ops.feeds
            (run_id, location, fingerprint, as_of, name, currency, mode, history, legal_basis, table_counts, state)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'landed')
        on conflict (run_id) do update
        set location = excluded.location, fingerprint = excluded.fingerprint, as_of = excluded.as_of,
            name = excluded.name, currency = excluded.currency, mode = excluded.mode, history = excluded.history,
            legal_basis = excluded.legal_basis, table_counts = excluded.table_counts, state = excluded.state,
            landed_at = now()
        """,
        [
            feed.run_id, feed.location, feed.fingerprint, feed.as_of, manifest.name, manifest.currency, manifest.mode,
            manifest.history, manifest.legal_basis, Jsonb(dict(feed.table_counts)),
        ],
    )  # fmt: skip


def mark_resolved(connection: Connection, run_id: str) -> None:
    """Note that the customers of a feed have their keys."""
    connection.execute("update ops.feeds set state = 'resolved' where run_id = %s", [run_id])


def read_last_as_of(connection: Connection) -> date | None:
    """The day until which the feed knew that was taken into `raw` last; None where there is none."""
    row = connection.execute(
        "select as_of from ops.feeds where anonymised_at is not null order by anonymised_at desc limit 1"
    ).fetchone()
    return row[0] if row else None
