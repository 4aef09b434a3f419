"""`ops.privacy_scans` and `ops.privacy_findings`: what was looked through, and where something was found."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from recsys.io.postgres import Connection
from recsys.privacy.scanning import ScanResult


def note_scan_begins(connection: Connection, run_id: str, sample_rows: int | None) -> None:
    """Write to the audit log that somebody looks through everything."""
    connection.execute("select ops.note_scan_begins(%s, %s)", [run_id, Jsonb({"sample_rows": sample_rows})])


def write_scan(connection: Connection, run_id: str, sample_rows: int | None, result: ScanResult) -> None:
    """Keep what a scan found in the place of what an earlier scan of the same run found."""
    connection.execute("delete from ops.privacy_scans where run_id = %s", [run_id])
    connection.execute(
        """
        insert into ops.privacy_scans (run_id, sample_rows, n_places, n_texts, n_customers, n_findings)
        values (%s, %s, %s, %s, %s, %s)
        """,
        [run_id, sample_rows, result.n_places, result.n_texts, result.n_customers, len(result.findings)],
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.privacy_findings (run_id, place, column_name, kind, certainty, n_texts)
            values (%s, %s, %s, %s, %s, %s)
            """,
            [
                (run_id, finding.place, finding.column, finding.kind, finding.certainty, finding.n_texts)
                for finding in result.findings
            ],
        )


def read_last_scan(connection: Connection) -> dict[str, Any] | None:
    """The last scan, None before the first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from ops.privacy_scans order by finished_at desc limit 1").fetchone()
