"""A home of a test's own on the shared server, with a copy of a database that is there."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from recsys.io import cluster
from recsys.io.postgres import Database, open_database
from recsys.settings import Settings


@contextmanager
def copied_home(server: Settings, folder: Path, template: str = "recsys") -> Iterator[Settings]:
    """The home `folder`, whose database is a copy of `template` and goes with it; nobody may be connected to that."""
    folder.mkdir()
    for name in ("secrets.json", "ports.json"):
        shutil.copy(server.home / name, folder / name)
    name = f"recsys_{uuid.uuid4().hex[:12]}"
    _on_server(server, "create database {} template {}", name, template)
    _on_server(server, "revoke connect, temporary on database {} from public", name)
    _on_server(server, "grant connect on database {} to public", name)
    _on_server(server, "grant temporary on database {} to ingest, transform", name)
    try:
        yield Settings(home=folder, database_name=name)
    finally:
        _on_server(server, "drop database {} with (force)", name)


def _on_server(server: Settings, statement: str, *names: str) -> None:
    maintenance = Database("127.0.0.1", cluster.running_port(server), "postgres", open_database(server).secrets)
    with maintenance.connect("admin", autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
