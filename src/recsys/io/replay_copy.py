"""The database of a replay, beside the installation's: made, filled by one stream per table, and dropped.

It holds a copy of pseudonymised rows, so it must not outlive what it is for. Whoever makes one holds a lock for as long
as it is wanted. A copy that was left behind goes with the next replay, and an erasure or retention that meets one drops
it, also from under a replay that is at work.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from recsys.errors import RunError
from recsys.io.migrate import prepare_database
from recsys.io.postgres import WRITER_LOCK, Connection, Database, open_database, writer_lock
from recsys.io.replay_filling import fill_copy
from recsys.io.replay_views import create_history
from recsys.io.secrets import secrets_path
from recsys.settings import Settings
from recsys.types import Progress

_REPLAY_LOCK = WRITER_LOCK + 65


@dataclass(frozen=True)
class ReplayCopy:
    """A copy that is ready: the settings of an installation of its own, and the feed that stands in it."""

    settings: Settings
    database: Database
    live: Database
    feed: dict[str, Any]


def settings_of_copy(settings: Settings) -> Settings:
    """A replay is an installation of its own, on the same server: with its own databases, and a folder for its files.

    Whom few share what can be known of them was decided when `raw` was filled, for all who are customers now; nobody
    reads the marts of a day on which they were fewer. Nobody is there to approve a challenger of the past either: with
    approval required popularity would serve on every day.
    """
    return settings.model_copy(
        update={
            "home": settings.home / "replaying",
            "database_name": f"{settings.database_name}_replay",
            "mlflow_database": f"{settings.database_name}_replay_mlflow",
            "k_anonymity": 0,
            "require_approval": False,
        }
    )


@contextmanager
def replay_copy(settings: Settings, *, keep: bool, progress: Progress) -> Iterator[ReplayCopy]:
    """A copy of the installation's pseudonymised history, which is dropped at the end, come what may, unless `keep`.

    Raises `RunError` where another replay or a step is at work, where no feed with dates stands in `raw`, and where an
    erasure or retention dropped the copy.
    """
    live = open_database(settings)
    with live.connect("admin", autocommit=True) as connection:
        _lock(connection)
        drop_copy(settings)
        # Asked again once nobody can take in another; here so that nothing is made in vain.
        _read_feed(connection)
        aside = settings_of_copy(settings)
        try:
            database = _prepare(settings, aside)
            with writer_lock(connection):
                copied = ReplayCopy(aside, database, live, _read_feed(connection))
                _note(connection, "replay_copied", aside)
                fill_copy(connection, database, progress)
            yield copied
        except Exception:
            if not _exists(live, aside.database_name):
                raise RunError(
                    "The replay's copy was dropped while it was at work: an erasure or retention came first.",
                    remedy="Start again.",
                ) from None
            raise
        finally:
            if not keep and drop_copy(settings):
                _note(connection, "replay_dropped", aside)


def drop_copy(settings: Settings) -> bool:
    """Drop whatever copy there is, also one that is being used; whether there was one."""
    aside, live = settings_of_copy(settings), open_database(settings)
    with replace(live, name="postgres").connect("admin", autocommit=True) as connection:
        found = [name for name in (aside.mlflow_database, aside.database_name) if _is_database(connection, name)]
        for name in found:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
    shutil.rmtree(aside.home, ignore_errors=True)
    return bool(found)


def write_replayed_feed(copied: ReplayCopy, run_id: str, as_of: date) -> None:
    """Let the run have the feed that stands in the copy, as if it had come on the day `as_of`."""
    row = {**copied.feed, "run_id": run_id, "as_of": as_of, "fingerprint": f"{copied.feed['fingerprint']}@{as_of}"}
    values = [Jsonb(value) if isinstance(value, dict | list) else value for value in row.values()]
    statement = sql.SQL("insert into ops.feeds ({}) values ({}) on conflict (run_id) do nothing").format(
        sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(sql.Placeholder() * len(row))
    )
    with copied.database.connect("ingest") as connection:
        connection.execute(statement, values)


def _lock(connection: Connection) -> None:
    row = connection.execute("select pg_try_advisory_lock(%s)", [_REPLAY_LOCK]).fetchone()
    if row is None or not row[0]:
        raise RunError("Another replay of this bank is at work.", remedy="Wait for it to end.")


def _read_feed(connection: Connection) -> dict[str, Any]:
    """The feed that stands in `raw`, as a row of `ops.feeds`."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select * from ops.feeds where state = 'anonymised' order by anonymised_at desc limit 1"
        ).fetchone()
    if row is None:
        raise RunError("There is nothing to replay: no feed was taken in yet.", remedy="Start with `recsys run`.")
    if row["history"] != "events":
        raise RunError(
            "A snapshot cannot be replayed: it says what customers hold, not since when.",
            remedy='Take in a feed whose holdings have opened_at, with history = "events".',
        )
    return row


def _prepare(settings: Settings, aside: Settings) -> Database:
    """A migrated database without rows, whose roles get in by the installation's own secrets."""
    aside.home.mkdir(parents=True)
    for path in (secrets_path(settings.home), settings.home / "ports.json"):
        if path.exists():
            (aside.home / path.name).symlink_to(path)
    prepare_database(aside)
    database = open_database(aside)
    with database.connect("admin") as connection:
        create_history(connection)
    return database


def _note(connection: Connection, action: str, aside: Settings) -> None:
    connection.execute("insert into ops.audit_log (action, subject) values (%s, %s)", [action, aside.database_name])


def _exists(live: Database, name: str) -> bool:
    with replace(live, name="postgres").connect("admin") as connection:
        return _is_database(connection, name)


def _is_database(connection: Connection, name: str) -> bool:
    return connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is not None
