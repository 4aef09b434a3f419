"""What `ops` and `quarantine` know about the quality of one load, and the load that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.rows import dict_row

from recsys.errors import RunError
from recsys.io.column_profiles import read_profiles
from recsys.io.postgres import Connection
from recsys.io.runs import read_step_details
from recsys.monitoring.quality.facts import Delivery, QualityFacts, Rejected, Taken
from recsys.types import JSON


def read_quality_facts(
    connection: Connection,
    run_id: str,
    duplicates: Mapping[str, JSON] | None = None,
    rejected: Sequence[Rejected] = (),
) -> QualityFacts:
    """What `ops` knows about the load of `run_id`. `duplicates`: what `resolve_customers` has yet to write down.

    Raises `RunError` where the run has taken in no feed.
    """
    feed = _taken(connection, "select * from ops.feeds where run_id = %s", [run_id])
    if feed is None:
        raise RunError(f"Run {run_id} has taken in no feed.", remedy="`recsys runs` lists the runs.")
    last = _last(connection, feed)
    if duplicates is None:
        duplicates = read_step_details(connection, run_id, "resolve_customers")
    return QualityFacts(
        feed=feed,
        deliveries=_deliveries(connection, run_id),
        rejected=rejected,
        columns=read_profiles(connection, run_id),
        last=last,
        last_columns=read_profiles(connection, last.run_id) if last else (),
        duplicates=duplicates or {},
    )


def read_newest_load(connection: Connection) -> str | None:
    """The run that took in a feed last; None where none did."""
    row = connection.execute("select run_id from ops.feeds order by landed_at desc limit 1").fetchone()
    return None if row is None else str(row[0])


def _last(connection: Connection, feed: Taken) -> Taken | None:
    return _taken(
        connection,
        """
        select * from ops.feeds
        where name = %s and mode = %s and state = 'anonymised' and landed_at < %s and run_id <> %s
            and exists (select 1 from ops.column_profiles where column_profiles.run_id = feeds.run_id)
        order by landed_at desc limit 1
        """,
        [feed.name, feed.mode, feed.taken_at, feed.run_id],
    )


def _taken(connection: Connection, query: Any, parameters: list[Any]) -> Taken | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, parameters).fetchone()
    return None if row is None else Taken(row["run_id"], row["name"], row["as_of"], row["mode"], row["landed_at"])


def _deliveries(connection: Connection, run_id: str) -> list[Delivery]:
    rows = connection.execute(
        """
        select table_name, source, n_read, n_kept, n_quarantined, n_updated, n_deleted, n_repeated
        from ops.loads where run_id = %s order by table_name, source
        """,
        [run_id],
    ).fetchall()
    return [Delivery(*row) for row in rows]


def read_rejected(connection: Connection, run_id: str) -> list[Rejected]:
    """What was quarantined of a load, by column and rule; only who may read `quarantine` may ask."""
    rows = connection.execute(
        """
        select table_name, column_name, rule, min(reason), count(*) from quarantine.rows
        where load_id = %s group by table_name, column_name, rule order by table_name, column_name, rule
        """,
        [run_id],
    ).fetchall()
    return [Rejected(*row) for row in rows]
