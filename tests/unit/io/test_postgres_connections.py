from __future__ import annotations

import socket
from pathlib import Path

import psycopg
import pytest

from recsys.errors import StackError
from recsys.io.postgres import Database
from recsys.io.secrets import read_secrets


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database at a port where nobody listens."""
    monkeypatch.setenv("RECSYS_SECRET_ENGINEER_PASSWORD", "password")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return Database("127.0.0.1", port, "recsys", read_secrets(tmp_path))


def test_a_database_that_is_stopped_is_said_not_to_run(stopped: Database) -> None:
    with pytest.raises(StackError) as failure:
        stopped.connect("engineer")
    assert failure.value.message == f"PostgreSQL at 127.0.0.1:{stopped.port} is not running."
    assert "`recsys up` starts it" in failure.value.remedy


def test_a_role_that_is_not_let_in_is_told_the_first_line(stopped: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise psycopg.OperationalError("\nFATAL:  too many connections \nand more of it")

    monkeypatch.setattr(psycopg, "connect", refuse)
    with pytest.raises(StackError, match="does not let engineer in") as failure:
        stopped.connect("engineer")
    assert failure.value.message.endswith(" in: FATAL:  too many connections")
