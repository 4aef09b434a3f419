"""Roles, databases and migrations: from a bare server to one that the steps can work in."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import psycopg
from psycopg import sql

from recsys.errors import StackError
from recsys.io.postgres import Connection, Database, open_database
from recsys.io.secrets import ROLES
from recsys.settings import Settings

_SERVICES = ("airflow", "mlflow")
_NOT_TEMPORARY = "revoke temporary on database {} from {}"
# Who puts rows aside in temporary tables, or lets dbt do so. To all others they would only be a way to shadow tables.
_USES_TEMPORARY = ("ingest", "transform")


def prepare_database(settings: Settings) -> None:
    """Make the roles, the databases and every zone, or bring them up to date; run again it changes nothing."""
    database = open_database(settings)
    server = Database(database.host, database.port, "postgres", database.secrets)
    with server.connect("admin", autocommit=True) as connection:
        for role in ROLES[1:]:
            _write_role(connection, role, database.secrets.password(role))
        _create_database(connection, database.name, "admin", [role for role in ROLES[1:] if role not in _SERVICES])
        _create_database(connection, settings.airflow_database, "airflow", [])
        _create_database(connection, settings.mlflow_database, "mlflow", [])
    with database.connect("admin") as connection:
        _migrate(connection)


def _write_role(connection: Connection, role: str, password: str) -> None:
    # Hashed here, so that the password itself is never in a statement that a server may log.
    hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    exists = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
    statement = "alter role {} with login password {}" if exists else "create role {} with login password {}"
    connection.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Literal(hashed)))


def _create_database(connection: Connection, name: str, owner: str, users: list[str]) -> None:
    database = sql.Identifier(name)
    if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is None:
        connection.execute(sql.SQL("create database {} owner {}").format(database, sql.Identifier(owner)))
    # By default every role may connect to every database.
    connection.execute(sql.SQL("revoke connect, temporary on database {} from public").format(database))
    for user in users:
        connection.execute(sql.SQL("grant connect on database {} to {}").format(database, sql.Identifier(user)))
        change = "grant temporary on database {} to {}" if user in _USES_TEMPORARY else _NOT_TEMPORARY
        connection.execute(sql.SQL(change).format(database, sql.Identifier(user)))


def _migrate(connection: Connection) -> None:
    connection.execute(
        """
        create table if not exists public.migrations (
            name text primary key, checksum text not null, applied_at timestamptz not null default now()
        )
        """
    )
    applied = dict(connection.execute("select name, checksum from public.migrations").fetchall())
    for name, statements in _migrations():
        checksum = hashlib.sha256(statements.encode()).hexdigest()
        if name not in applied:
            _apply(connection, name, statements, checksum)
        elif applied[name] != checksum:
            raise StackError(
                f"Migration {name} was changed after it had been applied to this database.",
                remedy="Restore the file and put the change into a new migration.",
            )


def _apply(connection: Connection, name: str, statements: str, checksum: str) -> None:
    try:
        connection.execute(statements.encode())
    except psycopg.Error as error:
        # The details would quote a row that a new constraint refuses.
        reason = error.diag.message_primary or type(error).__name__
        raise StackError(f"Migration {name} failed: {reason}", remedy="No migration of this call was kept.") from None
    connection.execute("insert into public.migrations (name, checksum) values (%s, %s)", [name, checksum])


def _migrations() -> list[tuple[str, str]]:
    folder = files("recsys.io") / "migrations"
    scripts = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return [(script.name, script.read_text()) for script in scripts]
