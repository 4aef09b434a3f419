"""What training may read, from `ops.feeds` and `ops.step_runs`."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from recsys.errors import RunError
from recsys.io.postgres import Connection


def read_marts_feed(connection: Connection, run_id: str | None = None) -> dict[str, Any]:
    """The feed that the marts were built from, as a row of `ops.feeds`, with the `split` that they were built for.

    Raises `RunError` where the last build was cut off, failed or was not checked, where its feed was replaced since,
    and where it is not of `run_id`, if one is given.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            """
            select
                feeds.*,
                built.details -> 'split' as split,
                built.state = 'succeeded' and exists (
                    select 1 from ops.step_runs as checked
                    where
                        checked.run_id = built.run_id and checked.step = 'check_marts'
                        and checked.state = 'succeeded' and checked.step_run_id > built.step_run_id
                ) as is_checked,
                feeds.state = 'anonymised' and feeds.anonymised_at <= built.started_at as is_of_this_feed
            from ops.step_runs as built
            inner join ops.feeds on feeds.run_id = built.run_id
            where built.step = 'build_marts'
            order by built.step_run_id desc limit 1
            """
        ).fetchone()
    if row is None:
        raise RunError("No marts have been built yet.", remedy="Start with `recsys run`.")
    _check_usable(row, run_id)
    return row


def _check_usable(row: dict[str, Any], run_id: str | None) -> None:
    owner = row["run_id"]
    if run_id is not None and owner != run_id:
        raise RunError(
            f"The marts are those of run {owner}, not of {run_id}.",
            remedy=f"Run build_marts and check_marts with --run-id {run_id} first.",
        )
    if not (row["is_checked"] and row["is_of_this_feed"]):
        raise RunError(
            f"The marts that run {owner} built last are not complete and checked.",
            remedy=f"Run build_marts and check_marts with --run-id {owner} first.",
        )


def has_own_feed(connection: Connection, run_id: str) -> bool:
    """Whether `run_id` has taken in a feed; a run that only trains has not."""
    row = connection.execute("select exists (select 1 from ops.feeds where run_id = %s)", [run_id]).fetchone()
    return bool(row and row[0])
