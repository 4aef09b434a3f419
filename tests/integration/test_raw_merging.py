from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from recsys.feed.contract import CUSTOMERS, HOLDINGS, PRODUCTS, TABLE_BY_NAME
from recsys.io.postgres import Database
from recsys.io.raw_merging import Merged, merge_rows

A, B = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"


@pytest.fixture(autouse=True)
def runs(database: Database) -> None:
    with database.connect("ingest") as connection:
        for run in ("r1", "r2", "r3"):
            connection.execute("insert into ops.runs (run_id, feed, top_n, train) values (%s, 'f', 5, 'auto')", [run])


def merge(
    database: Database,
    table: str,
    run_id: str,
    rows: list[dict[str, Any]],
    deleted: list[dict[str, Any]] | None = None,
    *,
    is_complete: bool = False,
) -> Merged:
    tables = [pa.Table.from_pylist([row]) for row in rows]
    gone = [pa.Table.from_pylist([row]) for row in deleted or []]
    with database.connect("ingest") as connection:
        return merge_rows(connection, TABLE_BY_NAME[table], tables, gone, run_id=run_id, is_complete=is_complete)


def product(product_id: str, name: str, version: str) -> dict[str, Any]:
    return {"product_id": product_id, "product_name": name, "category": "card", "row_version": version}


def gone(product_id: str, version: str) -> dict[str, Any]:
    return {"product_id": product_id, "row_version": version}


def names(database: Database) -> dict[str, str]:
    with database.connect("transform") as connection:
        return dict(connection.execute("select product_id, product_name from raw.products").fetchall())


def test_newest_version_wins_in_whatever_order_it_comes(database: Database) -> None:
    assert merge(database, "products", "r1", [product("p", "two", "2"), product("p", "one", "1")]) == Merged(1, 0, 1)
    assert names(database) == {"p": "two"}
    assert merge(database, "products", "r2", [product("p", "late", "1")]) == Merged(0, 0, 1)
    assert names(database) == {"p": "two"}
    assert merge(database, "products", "r2", [product("p", "three", "3")]) == Merged(0, 1, 0)
    assert names(database) == {"p": "three"}


def test_of_equal_versions_the_later_row_is_the_newer(database: Database) -> None:
    merge(database, "products", "r1", [product("p", "first", "1"), product("p", "second", "1")])
    assert names(database) == {"p": "second"}
    merge(database, "products", "r2", [product("p", "corrected", "1")])
    assert names(database) == {"p": "corrected"}


def test_delivering_the_same_again_changes_nothing(database: Database) -> None:
    rows = [product("p", "one", "1"), product("q", "two", "1")]
    merge(database, "products", "r1", rows)
    assert merge(database, "products", "r2", rows) == Merged(0, 0, 2)


def test_deleted_row_goes_and_an_older_one_does_not_bring_it_back(database: Database) -> None:
    merge(database, "products", "r1", [product("p", "one", "1"), product("q", "stays", "1")])
    assert merge(database, "products", "r2", [], [gone("p", "3")]).n_deleted == 1
    assert names(database) == {"q": "stays"}
    merge(database, "products", "r3", [product("p", "late", "2")])
    assert names(database) == {"q": "stays"}
    merge(database, "products", "r3", [product("p", "again", "4")])
    assert names(database) == {"p": "again", "q": "stays"}


def test_deletion_that_is_older_than_the_row_is_without_effect(database: Database) -> None:
    merge(database, "products", "r1", [product("p", "one", "5")])
    assert merge(database, "products", "r2", [], [gone("p", "4")]).n_deleted == 0
    assert names(database) == {"p": "one"}


def test_row_and_its_later_deletion_in_one_delivery(database: Database) -> None:
    merge(database, "products", "r1", [product("p", "one", "1")], [gone("p", "2")])
    assert names(database) == {}


def test_complete_delivery_deletes_what_it_does_not_bring(database: Database) -> None:
    merge(database, "products", "r1", [product("p", "one", ""), product("q", "two", "")])
    assert merge(database, "products", "r2", [product("q", "two", "")], is_complete=True) == Merged(0, 0, 1, 1)
    assert names(database) == {"q": "two"}


def test_rows_that_refer_to_what_was_deleted_go_with_it(database: Database) -> None:
    assert {column.references for column in HOLDINGS.columns if column.references} == {
        "customers.customer_id",
        "products.product_id",
    }
    merge(database, "products", "r1", [product("p", "one", "1"), product("q", "two", "1")])
    former = {"customer_key": A, "valid_from": "2025-01-01", "row_version": "1"}
    merge(
        database,
        CUSTOMERS.name,
        "r1",
        [former, {"customer_key": A, "row_version": "1"}, {"customer_key": B, "row_version": "1"}],
    )
    holdings = [{"customer_key": key, "product_id": name} for key in (A, B) for name in ("p", "q")]
    merge(database, "holdings", "r1", holdings)
    merge(database, CUSTOMERS.name, "r2", [], [{"customer_key": A, "row_version": "2"}])
    merge(database, PRODUCTS.name, "r2", [], [gone("p", "2")])
    with database.connect("transform") as connection:
        assert connection.execute("select customer_key::text from raw.customers").fetchall() == [(B,)]
        assert connection.execute("select customer_key::text, product_id from raw.holdings").fetchall() == [(B, "q")]
