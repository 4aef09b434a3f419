"""`ops.column_profiles`: what the columns of each load looked like, written with the load and replaced with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from recsys.feed.contract import TABLES
from recsys.feed.manifest import Manifest
from recsys.io.landing import landed_tables, read_landing
from recsys.io.postgres import Connection
from recsys.monitoring.column_profiles import ColumnProfile, Shape, TableProfiler
from recsys.monitoring.quality.facts import ProfiledColumn
from recsys.types import JSON


def profile_landed(
    home: Path, run_id: str, manifest: Manifest, as_of: date, key: bytes
) -> Iterator[tuple[str, list[ColumnProfile]]]:
    """The profiles of every landed table. What has landed is what passes on, whichever sources it came from."""
    landed = landed_tables(home, run_id)
    for table in TABLES:
        if table.name in landed:
            profiler = TableProfiler(table, manifest.extras(table.name), as_of)
            for batch in read_landing(home, run_id, table.name, key):
                profiler.add(batch)
            yield table.name, profiler.profiles()


def write_profiles(
    connection: Connection,
    run_id: str,
    tables: Iterator[tuple[str, list[ColumnProfile]]],
    table_counts: Mapping[str, JSON],
) -> None:
    """Replace the profiles of a run. What was rejected is counted from `quarantine.rows`."""
    connection.execute("delete from ops.column_profiles where run_id = %s", [run_id])
    invalid = _invalid(connection, run_id)
    rows = [
        (
            run_id, table, profile.column, order, profile.n_rows, profile.n_missing,
            Jsonb(invalid.get((table, profile.column), {})), _standardised(table_counts.get(table), profile.column),
            Jsonb(_packed(profile)),
        )
        for table, profiles in tables
        for order, profile in enumerate(profiles)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.column_profiles (
                run_id, table_name, column_name, column_order, n_rows, n_missing, n_invalid, n_standardised, profile
            ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            rows,
        )


def read_profiles(connection: Connection, run_id: str) -> list[ProfiledColumn]:
    """The profiles of a run, in the contract's order within each table."""
    rows = connection.execute(
        """
        select table_name, column_name, n_rows, n_missing, n_invalid, n_standardised, profile
        from ops.column_profiles where run_id = %s order by table_name, column_order
        """,
        [run_id],
    ).fetchall()
    return [
        ProfiledColumn(table, _unpacked(column, n_rows, n_missing, profile), n_invalid, n_standardised)
        for table, column, n_rows, n_missing, n_invalid, n_standardised, profile in rows
    ]


def _packed(profile: ColumnProfile) -> dict[str, JSON]:
    counts: list[JSON] = [[key, n] for key, n in sorted(profile.counts.items())]
    return {
        "shape": profile.shape.value,
        "counts": counts,
        "unnamed": profile.n_unnamed,
    }


def _unpacked(column: str, n_rows: int, n_missing: int, packed: Mapping[str, Any]) -> ColumnProfile:
    return ColumnProfile(
        column,
        n_rows,
        n_missing,
        Shape(packed["shape"]),
        dict(packed["counts"]),
        packed["unnamed"],
    )


def _invalid(connection: Connection, run_id: str) -> dict[tuple[str, str], dict[str, int]]:
    rows = connection.execute(
        """
        select table_name, column_name, rule, count(*) from quarantine.rows
        where load_id = %s and column_name is not null group by table_name, column_name, rule order by rule
        """,
        [run_id],
    ).fetchall()
    found: dict[tuple[str, str], dict[str, int]] = {}
    for table, column, rule, n in rows:
        found.setdefault((table, column), {})[rule] = n
    return found


def _standardised(counts: JSON, column: str) -> int:
    by_column = counts.get("standardised") if isinstance(counts, dict) else None
    found = by_column.get(column, 0) if isinstance(by_column, dict) else 0
    if isinstance(found, dict):
        return sum(int(n) for n in found.values() if isinstance(n, int))
    return int(found) if isinstance(found, int) else 0
