from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from recsys.io.postgres import Database
from recsys.io.secrets import read_secrets


@pytest.mark.parametrize("password", ["p/%@:", "a b#?&=", "ü+"])
def test_any_password_comes_back_out_of_the_url(tmp_path, monkeypatch, password):
    monkeypatch.setenv("RECSYS_SECRET_DOWNSTREAM_PASSWORD", password)
    url = Database("db.example", 5432, "recsys", read_secrets(tmp_path)).url("downstream")
    found = conninfo_to_dict(url)
    assert (found["password"], found["host"], found["port"]) == (password, "db.example", "5432")
    assert make_url(url).password == password
