"""`ops.loads`: what each source brought of each table, and from where the next load goes on.

A load counts once its run has committed it together with the rows of `raw`: until then, and after a full feed of
another kind, the next run reads the same again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from recsys.io.postgres import Connection
from recsys.io.raw_merging import Merged
from recsys.io.sources.delivery import Since

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class Load:
    """One source's rows of one table in one run. `files` are those that it took, path: etag."""

    source: str
    table_name: str
    kind: str
    fingerprint: str = ""
    watermark: str | None = None
    n_read: int = 0
    n_kept: int = 0
    n_quarantined: int = 0
    merged: Merged = field(default_factory=Merged)
    seconds: float = 0.0
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source's table was read: from where to go on, and when that was noted."""

    since: Since
    loaded_at: datetime


def clear_loads(connection: Connection, run_id: str) -> None:
    """Forget what an earlier attempt at this run has loaded."""
    connection.execute("delete from ops.loads where run_id = %s", [run_id])


def write_loads(connection: Connection, run_id: str, loads: Iterable[Load]) -> None:
    """Register the loads of a run; they count once `commit_loads` says so."""
    for load in loads:
        connection.execute(
            """
            insert into ops.loads (
                run_id, source, table_name, kind, watermark, n_read, n_kept, n_quarantined, n_updated, n_deleted,
                n_repeated, seconds, fingerprint
            ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                run_id, load.source, load.table_name, load.kind, load.watermark, load.n_read, load.n_kept,
                load.n_quarantined, load.merged.n_updated, load.merged.n_deleted, load.merged.n_repeated, load.seconds,
                load.fingerprint,
            ],
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into ops.source_files (run_id, source, table_name, path, etag) values (%s, %s, %s, %s, %s)",
                [(run_id, load.source, load.table_name, path, etag) for path, etag in load.files.items()],
            )


def note_merged(connection: Connection, run_id: str, table_name: str, merged: Merged) -> None:
    """What came of the rows of a table that one source delivers, once they are in `raw`."""
    connection.execute(
        """
        update ops.loads set n_updated = %(updated)s, n_deleted = %(deleted)s, n_repeated = %(repeated)s
        where run_id = %(run_id)s and table_name = %(table)s and kind <> 'quarantine'
            and (
                select count(*) from ops.loads
                where run_id = %(run_id)s and table_name = %(table)s and kind <> 'quarantine'
            ) = 1
        """,
        {
            "run_id": run_id,
            "table": table_name,
            "updated": merged.n_updated,
            "deleted": merged.n_deleted,
            "repeated": merged.n_repeated,
        },
    )


def commit_loads(connection: Connection, run_id: str) -> None:
    """From here on the next load goes on behind these."""
    connection.execute("update ops.loads set committed_at = now() where run_id = %s", [run_id])


def read_progress(connection: Connection) -> dict[tuple[str, str], Progress]:
    """By source and table, from where to go on; empty where no source has filled `raw` since the last folder did."""
    loads = connection.execute(
        """
        select distinct on (source, table_name) source, table_name, watermark, committed_at
        from ops.loads
        where kind in ('files', 'sql', 'rest') and committed_at >= (
            select coalesce(max(anonymised_at), '-infinity') from ops.feeds where mode = 'full'
        )
        order by source, table_name, committed_at desc
        """
    ).fetchall()
    replays = _open_replays(connection)
    files = _files(connection)
    return {
        (source, table): Progress(
            _since(watermark, files.get((source, table), []), replays.get((source, table))), committed_at
        )
        for source, table, watermark, committed_at in loads
    }


def read_watermarks(connection: Connection) -> dict[tuple[str, str], tuple[str | None, datetime]]:
    """By source and table, the cursor that was seen last and when that load was committed."""
    rows = connection.execute(
        """
        select distinct on (source, table_name) source, table_name, watermark, committed_at
        from ops.loads
        where committed_at is not null
        order by source, table_name, committed_at desc
        """
    ).fetchall()
    return {(source, table): (watermark, committed_at) for source, table, watermark, committed_at in rows}


def request_replay(connection: Connection, source: str, table_name: str, since: date | None, who: str) -> None:
    """Let the next load of a source's table read everything from a day on again; None: from the beginning."""
    connection.execute(
        "insert into ops.audit_log (action, subject) values ('replay_source', %s)", [f"{source}.{table_name}"]
    )
    connection.execute(
        "insert into ops.replays (source, table_name, since, requested_by) values (%s, %s, %s, %s)",
        [source, table_name, since, who],
    )


def _open_replays(connection: Connection) -> dict[tuple[str, str], date]:
    """Replays that no load has carried out since; the earliest day counts."""
    rows = connection.execute(
        """
        select source, table_name, min(coalesce(since, '0001-01-01')) from ops.replays
        where not exists (
            select 1 from ops.loads
            where loads.source = replays.source and loads.table_name = replays.table_name
                and loads.committed_at is not null and loads.loaded_at > replays.requested_at
        )
        group by source, table_name
        """
    ).fetchall()
    return {(source, table): since for source, table, since in rows}


def _files(connection: Connection) -> dict[tuple[str, str], list[tuple[str, str, date]]]:
    rows = connection.execute(
        """
        select distinct on (files.source, files.table_name, files.path)
            files.source, files.table_name, files.path, files.etag, loads.committed_at::date
        from ops.source_files as files
        inner join ops.loads using (run_id, source, table_name)
        where loads.committed_at >= (
            select coalesce(max(anonymised_at), '-infinity') from ops.feeds where mode = 'full'
        )
        order by files.source, files.table_name, files.path, loads.committed_at desc
        """
    ).fetchall()
    found: dict[tuple[str, str], list[tuple[str, str, date]]] = {}
    for source, table, path, etag, loaded_on in rows:
        found.setdefault((source, table), []).append((path, etag, loaded_on))
    return found


def _since(watermark: str | None, files: list[tuple[str, str, date]], replay: date | None) -> Since:
    """Where to go on; a replay goes back to its day, and forgets the files that were taken since."""
    if replay is None:
        return Since(watermark, {path: etag for path, etag, _ in files})
    if watermark is not None:
        # A cursor that counts knows no days, so its replay begins at the beginning.
        has_days = _DAY.match(watermark) is not None and replay > date.min
        watermark = min(watermark, replay.isoformat()) if has_days else None
    return Since(watermark, {path: etag for path, etag, loaded_on in files if loaded_on < replay})
