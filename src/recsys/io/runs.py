"""`ops.runs` and `ops.step_runs`: what was asked for and what every step did."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from recsys.errors import RunError
from recsys.io.postgres import Connection
from recsys.types import JSON, Run, StepResult

# What Airflow allows by default, but for a leading dot: run ids name folders.
_RUN_ID = re.compile(r"[A-Za-z0-9_~:+-][A-Za-z0-9_~:+.-]{0,249}")


def write_run(connection: Connection, run: Run) -> None:
    """Register `run`; the same run again only has its wishes renewed."""
    connection.execute(
        """
        insert into ops.runs (run_id, feed, as_of, top_n, train, require_approval) values (%s, %s, %s, %s, %s, %s)
        on conflict (run_id) do update
        set feed = excluded.feed, as_of = excluded.as_of, top_n = excluded.top_n, train = excluded.train,
            require_approval = excluded.require_approval
        """,
        [run.run_id, run.feed, run.as_of, run.top_n, run.train, run.require_approval],
    )


def read_run(connection: Connection, run_id: str) -> Run:
    """The run called `run_id`. Raises `RunError` where there is none."""
    row = connection.execute(
        "select run_id, feed, as_of, top_n, train, require_approval from ops.runs where run_id = %s", [run_id]
    ).fetchone()
    if row is None:
        raise RunError(f"There is no run {run_id}.", remedy="`recsys runs` lists them; `ingest_feed` begins one.")
    return Run(*row)


def make_current(connection: Connection, run_id: str) -> None:
    """From now on only steps of this run may write."""
    connection.execute(
        """
        insert into ops.current_run (run_id) values (%s)
        on conflict (is_only) do update set run_id = excluded.run_id
        """,
        [run_id],
    )


def check_is_current(connection: Connection, run_id: str) -> None:
    """Raise `RunError` where a newer run has taken over the database since."""
    row = connection.execute("select run_id from ops.current_run").fetchone()
    if row is None or row[0] != run_id:
        newer = row[0] if row else "none"
        raise RunError(
            f"The data in the database belongs to run {newer}, not to {run_id}.",
            remedy=f"Go on with --run-id {newer}, or start a new run.",
        )


def begin_step(connection: Connection, run_id: str, step: str) -> int:
    """Note that an attempt at `step` began; attempts that were cut off before are closed as failed."""
    connection.execute(
        """
        update ops.step_runs set state = 'failed', error = 'cut off', finished_at = now()
        where run_id = %s and step = %s and state = 'running'
        """,
        [run_id, step],
    )
    row = connection.execute(
        "insert into ops.step_runs (run_id, step, state) values (%s, %s, 'running') returning step_run_id",
        [run_id, step],
    ).fetchone()
    assert row is not None
    return int(row[0])


def end_step(connection: Connection, step_run_id: int, result: StepResult, peak_memory_bytes: int) -> None:
    """Note that an attempt succeeded."""
    connection.execute(
        """
        update ops.step_runs
        set state = 'succeeded', row_count = %s, details = %s, peak_memory_bytes = %s, finished_at = clock_timestamp()
        where step_run_id = %s
        """,
        [result.rows, Jsonb(dict(result.details)), peak_memory_bytes, step_run_id],
    )


def fail_step(connection: Connection, step_run_id: int, message: str, peak_memory_bytes: int) -> None:
    """Note that an attempt failed, with the message that the user sees; a lost database is told the next time."""
    with suppress(psycopg.OperationalError):
        connection.execute(
            """
            update ops.step_runs
            set state = 'failed', error = %s, peak_memory_bytes = %s, finished_at = clock_timestamp()
            where step_run_id = %s
            """,
            [message, peak_memory_bytes, step_run_id],
        )


def read_step_details(connection: Connection, run_id: str, step: str) -> dict[str, JSON] | None:
    """Details of the last successful attempt at `step` in `run_id`, or None where there is none."""
    row = connection.execute(
        """
        select details from ops.step_runs
        where run_id = %s and step = %s and state = 'succeeded'
        order by step_run_id desc limit 1
        """,
        [run_id, step],
    ).fetchone()
    return None if row is None else dict(row[0])


def read_step_runs(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """The last attempt at each step of a run, in the order in which they began."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select distinct on (step)
                step, state, row_count, details, error, peak_memory_bytes, started_at, finished_at, step_run_id,
                extract(epoch from coalesce(finished_at, clock_timestamp()) - started_at)::float as seconds
            from ops.step_runs
            where run_id = %s
            order by step, step_run_id desc
            """,
            [run_id],
        ).fetchall()


def read_runs(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """The newest runs with the state of their last step; `as_of` is what was asked for, or else what the feed says."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select runs.run_id, runs.feed, coalesce(runs.as_of, feeds.as_of) as as_of, runs.top_n, runs.train,
                runs.started_at, last_step.step as last_step, last_step.state
            from ops.runs
            left join ops.feeds on feeds.run_id = runs.run_id
            left join lateral (
                select step, state from ops.step_runs
                where step_runs.run_id = runs.run_id order by step_run_id desc limit 1
            ) as last_step on true
            order by runs.started_at desc limit %s
            """,
            [limit],
        ).fetchall()


def read_feed(connection: Connection, run_id: str) -> dict[str, Any]:
    """The feed of `run_id`, which stands in `raw`. Raises `RunError` where it does not stand there yet."""
    row = read_own_feed(connection, run_id)
    if row is None:
        raise RunError(f"Run {run_id} has ingested no feed.", remedy="Start with `recsys run`, or with ingest_feed.")
    if row["state"] != "anonymised":
        raise RunError(
            f"The feed of run {run_id} is {row['state']}, and not yet in raw.",
            remedy=f"Run resolve_customers and anonymise_feed with --run-id {run_id} first.",
        )
    return row


def read_own_feed(connection: Connection, run_id: str) -> dict[str, Any] | None:
    """The feed of `run_id` as far as it has come; None for a run that took in no feed."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from ops.feeds where run_id = %s", [run_id]).fetchone()


def run_of(
    run_id: str, feed: str, as_of: date | None, top_n: int, train: str, *, require_approval: bool = False
) -> Run:
    """A run from what a user typed. Raises `RunError` for an id or a training policy that cannot be."""
    if _RUN_ID.fullmatch(run_id) is None:
        raise RunError(
            f"{run_id!r} cannot be the id of a run.",
            remedy="An id has up to 250 letters, digits and _ ~ : + - . and does not begin with a dot.",
        )
    if train not in ("auto", "always", "never"):
        raise RunError(f"--train is {train!r}.", remedy="Say auto, always or never.")
    return Run(run_id, feed, as_of, top_n, train, require_approval)  # type: ignore[arg-type]
