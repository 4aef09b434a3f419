from __future__ import annotations

import pytest

from recsys.errors import SettingsError
from recsys.io.sources.credentials import from_environment

URI = "postgres://ada:p%40ss%2Fword@db.example:5433/bank"
AS_JSON = '{"conn_type": "postgres", "login": "ada", "password": "p@ss/word", "host": "db.example", "port": 5433, "schema": "bank"}'  # noqa: E501


@pytest.mark.parametrize("connection", [URI, AS_JSON])
def test_airflow_connection_gives_the_url_of_a_database_and_the_secret_of_an_api(connection: str) -> None:
    credentials = from_environment({"AIRFLOW_CONN_BANK": connection})
    url = credentials.resolve("airflow:bank")
    assert url == "postgresql+psycopg://ada:p%40ss%2Fword@db.example:5433/bank"
    assert credentials.resolve("airflow:bank", "secret") == "p@ss/word"
    auth = credentials.resolve_all({"type": "http_basic", "username": "airflow:bank", "password": "airflow:bank"})
    assert auth == {"type": "http_basic", "username": "ada", "password": "p@ss/word"}


def test_credential_that_is_missing_is_named_with_its_variable() -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({}).resolve("airflow:bank")
    assert "AIRFLOW_CONN_BANK" in caught.value.remedy


def test_credentials_are_not_shown_by_their_repr() -> None:
    assert "hunter2" not in repr(from_environment({"TOKEN": "hunter2"}))
