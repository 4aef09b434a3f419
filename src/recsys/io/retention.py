"""Rows and publications that are older than their period: counted, deleted in batches, noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from recsys.feed.contract import TABLES
from recsys.io.partitions import drop_attached
from recsys.io.postgres import Connection
from recsys.io.publications import mark_retired
from recsys.privacy.places import Place
from recsys.privacy.retention import PUBLICATION, dated_places

# A batch holds its locks for a second or two.
BATCH_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class PlaceAge:
    """One place with a period: what it holds in rows or files, since when, and how much is older than `cutoff`."""

    name: str
    holds: str
    keep_days: int
    cutoff: datetime
    oldest: datetime | None
    n_rows: int
    n_past: int


def count_rows(connection: Connection, places: Iterable[Place]) -> list[PlaceAge]:
    """The age of every table whose rows go by age, in one call that is audited."""
    dated = {place.name: place for place in dated_places(places) if place.dated_by != PUBLICATION}
    rows = connection.execute(
        "select place, cutoff, oldest, n_rows, n_past from ops.count_past_retention(%s, %s)",
        [list(dated), [place.keep_days for place in dated.values()]],
    ).fetchall()
    return [PlaceAge(name, dated[name].holds, dated[name].keep_days or 0, *counts) for name, *counts in rows]


def delete_past(connection: Connection, run_id: str, place: Place, max_rows: int = BATCH_ROWS) -> int:
    """Delete a batch of rows that are older than the period of `place`; fewer than `max_rows` were the last ones."""
    row = connection.execute(
        "select ops.delete_past_retention(%s, %s, %s, %s)", [run_id, place.name, place.keep_days, max_rows]
    ).fetchone()
    assert row is not None
    return int(row[0])


def note_retention(
    connection: Connection, run_id: str, name: str, keep_days: int, cutoff: datetime, n_deleted: int
) -> None:
    """Note what went of a place that is no table, or not by rows."""
    connection.execute(
        "select ops.note_retention(%s, %s, %s, %s, %s, true)", [run_id, name, keep_days, cutoff, n_deleted]
    )


def count_publications(connection: Connection, place: Place) -> PlaceAge:
    """The age of what was published and is kept."""
    row = connection.execute(
        """
        select
            current_date::timestamptz - make_interval(days => %(days)s),
            min(published_at),
            coalesce(sum(n_rows), 0)::bigint,
            coalesce(sum(n_rows) filter (where publication_id = any(%(past)s)), 0)::bigint
        from serving.publications where state = 'published'
        """,
        {"days": place.keep_days, "past": read_past_publications(connection, place.keep_days or 0)},
    ).fetchone()
    assert row is not None
    return PlaceAge(place.name, place.holds, place.keep_days or 0, *row)


def read_past_publications(connection: Connection, keep_days: int) -> list[int]:
    """Publications that are older than the period and not the one that readers see."""
    rows = connection.execute(
        """
        select publication_id from serving.publications
        where state = 'published' and published_at < current_date::timestamptz - make_interval(days => %s)
            and publication_id not in (select publication_id from serving.current_publication)
        order by publication_id
        """,
        [keep_days],
    ).fetchall()
    return [row[0] for row in rows]


def read_midnight(connection: Connection) -> datetime:
    """When today began, in UTC."""
    row = connection.execute("select current_date::timestamptz").fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


def drop_publications(connection: Connection, publication_ids: Sequence[int]) -> None:
    """Drop the partitions of publications that are too old. `connection` is `publisher`'s, in autocommit mode."""
    for publication_id in publication_ids:
        mark_retired(connection, publication_id)
        drop_attached(connection, publication_id)


def read_feed_cutoffs(connection: Connection, as_of: date, places: Iterable[Place]) -> dict[str, date]:
    """Per table of the feed that has a period the first day that is kept, for data of `as_of`.

    A wrong date in the future makes nothing old.
    """
    periods = {place.table: place.keep_days for place in dated_places(places) if place.schema == "raw"}
    row = connection.execute("select least(%s::date, current_date)", [as_of]).fetchone()
    assert row is not None
    return {name: date.fromordinal(row[0].toordinal() - days) for name, days in periods.items() if days}


def drop_past_of_raw(connection: Connection, cutoffs: Mapping[str, date], places: Iterable[Place]) -> dict[str, int]:
    """Delete rows of `raw` before their table's cutoff; how many per table, without tables that lost none."""
    columns = {place.table: place.dated_by for place in places if place.schema == "raw"}
    dropped = {
        table.name: connection.execute(
            sql.SQL("delete from {} where {} < %s").format(
                sql.Identifier("raw", table.name), sql.Identifier(columns[table.name] or "")
            ),
            [cutoffs[table.name]],
        ).rowcount
        for table in TABLES
        if table.name in cutoffs
    }
    return {name: n_rows for name, n_rows in dropped.items() if n_rows}


def read_retention_runs(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """What went by age lately, the newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select run_id, place, keep_days, cutoff, n_deleted, actor, finished_at
            from ops.retention_runs order by finished_at desc, place limit %s
            """,
            [limit],
        ).fetchall()
