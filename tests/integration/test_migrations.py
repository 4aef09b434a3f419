from __future__ import annotations

import pytest

from recsys.errors import StackError
from recsys.io import migrate
from recsys.io.postgres import Database


def test_constraint_that_a_row_breaks_is_named_without_the_row(database: Database) -> None:
    with database.connect("admin") as connection:
        connection.execute("create table public.planted as select 'Ada Planted' as name from generate_series(1, 2)")
        with pytest.raises(StackError, match="0099_unique failed: could not create unique index") as failure:
            migrate._apply(connection, "0099_unique", "create unique index on public.planted (name)", "0")
        connection.rollback()
    assert "Ada Planted" not in str(failure.value)
