"""Connections to PostgreSQL, each as the role that a purpose needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import quote

import psycopg

from recsys.errors import RunError, StackError
from recsys.io.secrets import Secrets, read_secrets
from recsys.settings import Settings

Connection: TypeAlias = psycopg.Connection[Any]
# What is raised when the database, and not what was asked of it, is the trouble.
BROKEN_OFF = psycopg.OperationalError

# One writer at a time in one database.
WRITER_LOCK = 0x7265637379
# Held shared by whoever writes a pseudonym without the writer's lock, and alone by a rotation (migration 0025).
KEY_LOCK = WRITER_LOCK + 64


@dataclass(frozen=True)
class Database:
    """Where the database is, and how each role gets in."""

    host: str
    port: int
    name: str
    secrets: Secrets

    def connect(self, role: str, *, autocommit: bool = False) -> Connection:
        """A new connection as `role`. Used as a context manager it commits on success and closes."""
        try:
            return psycopg.connect(
                host=self.host,
                port=self.port,
                dbname=self.name,
                user=role,
                password=self.secrets.password(role),
                autocommit=autocommit,
                application_name="recsys",
                options="-c timezone=UTC",
            )
        except psycopg.OperationalError as error:
            is_stopped = error.sqlstate is None and "refused" in str(error)
            trouble = "is not running." if is_stopped else f"does not let {role} in: {_first_line(error)}"
            raise StackError(
                f"PostgreSQL at {self.host}:{self.port} {trouble}",
                remedy="`recsys status` shows whether it runs; `recsys up` starts it.",
            ) from error

    def url(self, role: str, *, driver: str = "postgresql", name: str | None = None) -> str:
        """The URL, with the password, by which `role` connects to this database (or the one called `name`)."""
        password = quote(self.secrets.password(role), safe="")
        return f"{driver}://{role}:{password}@{self.host}:{self.port}/{name or self.name}"


def open_database(settings: Settings) -> Database:
    """The database of `settings`: a server of one's own, or the embedded one of the home."""
    secrets = read_secrets(settings.home)
    if settings.database_host:
        plain = Database(settings.database_host, settings.database_port, settings.database_name, secrets)
    else:
        plain = Database("127.0.0.1", read_ports(settings).get("postgres", 0), settings.database_name, secrets)
    # Asked once, when the first key is wanted: a step does that under the writer's lock, under which keys stay.
    return replace(plain, secrets=replace(secrets, in_force=cache(lambda: read_key_versions(plain))))


def read_key_versions(database: Database) -> dict[str, int]:
    """The version in force of every key that was ever rotated."""
    with database.connect("ingest") as connection:
        rows = connection.execute("select key_name, max(version) from ops.key_versions group by key_name")
        return dict(rows.fetchall())


def read_ports(settings: Settings) -> dict[str, int]:
    """The loopback ports that `recsys up` found free: `postgres`, `airflow`, `mlflow`.

    Raises `StackError` where the home was never started.
    """
    path = settings.home / "ports.json"
    if not path.exists():
        raise StackError(f"Nothing was started in {settings.home} yet.", remedy="Run `recsys up` first.")
    return dict(json.loads(path.read_text()))


@contextmanager
def writer_lock(connection: Connection) -> Iterator[None]:
    """Hold the one writer's lock; what was done under it is committed, or on an error undone, before it goes.

    Raises `RunError` where another session has the lock.
    """
    row = connection.execute("select pg_try_advisory_lock(%s)", [WRITER_LOCK]).fetchone()
    if row is None or not row[0]:
        raise RunError(
            "Another step is writing to this bank's database.",
            remedy="`recsys runs` shows which; wait for it to end and start again.",
        )
    try:
        yield
        connection.commit()
    except BaseException:
        # A session that is lost has no lock to give back, and must not hide the error.
        with suppress(psycopg.OperationalError):
            connection.rollback()
            _unlock(connection)
        raise
    _unlock(connection)


def keep_keys(connection: Connection) -> None:
    """Until this connection closes no key is rotated; a rotation that is under way is waited for.

    For whoever computes a pseudonym and writes it without holding the writer's lock, before the first key is asked for.
    """
    connection.execute("select pg_advisory_lock_shared(%s)", [KEY_LOCK])


def is_broken_off(error: BaseException) -> bool:
    """Whether `error` says that the database, and not what was asked of it, is the trouble: waiting may mend it."""
    return isinstance(error, BROKEN_OFF)


def _unlock(connection: Connection) -> None:
    connection.execute("select pg_advisory_unlock(%s)", [WRITER_LOCK])


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
