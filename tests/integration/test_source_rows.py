from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.cleaning.merging import SourceRows
from recsys.feed.contract import CUSTOMERS
from recsys.io.postgres import Database
from recsys.io.raw_merging import Merged
from recsys.io.source_rows import begin_delivery, mark_absent, read_changed, write_source_rows
from recsys.privacy.keys import customer_keys

KEY = bytes(range(32))
NAMES = ("customer_id", "phone", "city")


@pytest.fixture(autouse=True)
def runs(database: Database) -> None:
    with database.connect("ingest") as connection:
        for run in ("r1", "r2"):
            connection.execute("insert into ops.runs (run_id, feed, top_n, train) values (%s, 'f', 5, 'auto')", [run])


def commit(database: Database, run_id: str) -> None:
    with database.connect("ingest") as connection:
        connection.execute(
            """
            insert into ops.feeds (run_id, location, fingerprint, as_of, name, currency, mode, history, legal_basis,
                table_counts, state)
            values (%s, 'f', 'f', '2026-01-01', 'b', 'EUR', 'delta', 'events', 'consent', '{}', 'anonymised')
            """,
            [run_id],
        )


def rows_of(*rows: tuple[str, str, str | None]) -> pa.Table:
    return pa.table(
        {
            "customer_id": [customer for customer, _, _ in rows],
            "row_version": [version for _, version, _ in rows],
            "phone": pa.array([phone for _, _, phone in rows], pa.string()),
        }
    )


def write(
    database: Database, source: str, run_id: str, *rows: tuple[str, str, str | None], is_deleted: bool = False
) -> Merged:
    with database.connect("ingest") as connection:
        return write_source_rows(connection, CUSTOMERS, source, rows_of(*rows), run_id, KEY, is_deleted=is_deleted)


def changed(database: Database) -> dict[str, dict[str, tuple[bool, str | None]]]:
    """Customer id -> source -> whether it has a row, and the phone that it says."""
    found: dict[str, dict[str, tuple[bool, str | None]]] = {}
    with database.connect("ingest") as connection:
        for block in read_changed(connection, CUSTOMERS, NAMES, ("crm", "web"), KEY):
            ids = _ids(block)
            for source, rows in block.items():
                phones = rows.columns["phone"].to_pylist()
                for customer, has_row, phone in zip(ids, rows.has_row.tolist(), phones, strict=True):
                    found.setdefault(customer, {})[source] = (has_row, phone)
    return found


def _ids(block: dict[str, SourceRows]) -> list[str]:
    sides = zip(*(rows.columns["customer_id"].to_pylist() for rows in block.values()), strict=True)
    return [next(name for name in names if name is not None) for names in sides]


def test_what_each_source_says_is_kept_until_a_run_commits(database: Database) -> None:
    assert write(database, "crm", "r1", ("a", "1", "111"), ("b", "1", None)) == Merged(n_new=2)
    assert write(database, "web", "r1", ("a", "1", "999")) == Merged(n_new=1)
    expected = {"a": {"crm": (True, "111"), "web": (True, "999")}, "b": {"crm": (True, None), "web": (False, None)}}
    assert changed(database) == expected
    commit(database, "r1")
    assert changed(database) == {}


def test_change_of_one_source_brings_up_what_the_others_said(database: Database) -> None:
    write(database, "crm", "r1", ("a", "1", "111"), ("b", "1", "222"))
    write(database, "web", "r1", ("a", "1", "999"))
    commit(database, "r1")
    assert write(database, "web", "r2", ("a", "2", "888")) == Merged(n_updated=1)
    assert changed(database) == {"a": {"crm": (True, "111"), "web": (True, "888")}}


def test_older_version_changes_nothing(database: Database) -> None:
    write(database, "crm", "r1", ("a", "2", "new"), ("a", "1", "old"))
    commit(database, "r1")
    assert write(database, "crm", "r2", ("a", "1", "late")) == Merged(n_repeated=1)
    assert changed(database) == {}


def test_deleted_rows_say_nothing_but_whose_they_were(database: Database) -> None:
    write(database, "crm", "r1", ("a", "1", "111"))
    commit(database, "r1")
    assert write(database, "crm", "r2", ("a", "2", None), is_deleted=True) == Merged(n_deleted=1)
    assert changed(database) == {"a": {"crm": (False, None), "web": (False, None)}}


def test_rows_that_a_complete_delivery_lacks_were_deleted(database: Database) -> None:
    write(database, "crm", "r1", ("a", "", "111"), ("b", "", "222"))
    commit(database, "r1")
    with database.connect("ingest") as connection:
        begin_delivery(connection)
        write_source_rows(connection, CUSTOMERS, "crm", rows_of(("a", "", "111")), "r2", KEY, is_deleted=False)
        assert mark_absent(connection, CUSTOMERS, "crm", "r2") == 1
    assert changed(database)["b"]["crm"] == (False, None)


def test_rows_are_sealed_and_customers_known_by_their_key(database: Database) -> None:
    write(database, "crm", "r1", ("a", "1", "+4930111"))
    with database.connect("admin") as connection:
        row = connection.execute("select key_hash::text, payload from identity.source_rows").fetchone()
    assert row is not None
    assert [row[0]] == customer_keys(["a"], KEY).to_pylist()
    assert b"4930111" not in row[1]
