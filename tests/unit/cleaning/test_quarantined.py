from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from recsys.cleaning.deliveries import NO_VERSION, ROW_VERSION
from recsys.cleaning.parsing import landing_schema
from recsys.cleaning.quarantined import WaitingKey, WaitingKeys, as_batch, content_text, feed_texts
from recsys.feed.columns import Table
from recsys.feed.contract import CONSENTS, HOLDINGS, PRODUCTS, TRANSACTIONS


def kept(table: Table, versions: list[str | None] | None = None, **columns: list[Any]) -> pa.RecordBatch:
    """Rows that passed the validation; columns that are not named are empty."""
    n_rows = len(next(iter(columns.values())))
    schema = landing_schema(table.columns)
    arrays = {name: pa.array(columns.get(name, [None] * n_rows), schema.field(name).type) for name in schema.names}
    if versions is not None:
        arrays[ROW_VERSION] = pa.array(versions, pa.string())
    return pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))


def superseded(table: Table, waiting: dict[str, Any], rows: pa.RecordBatch, version: str = NO_VERSION) -> bool:
    """Whether the row that waits needs no repair once `rows` were kept."""
    keys = WaitingKeys(table, [WaitingKey(b"waits", waiting, version)])
    keys.notice(rows)
    return b"waits" in keys.superseded


def test_content_is_the_same_in_any_order_and_beside_empty_columns() -> None:
    row = {"transaction_id": "t1", "amount": "lots"}
    assert content_text(row) == content_text({"amount": "lots", "transaction_id": "t1"})
    assert content_text(row) == content_text({**row, "merchant": None, "category": ""})


@pytest.mark.parametrize("change", [{"amount": "Lots"}, {"amount": "lots "}, {"currency": "lots"}, {"amount": 0}])
def test_content_is_another_where_a_value_or_its_column_is(change: dict[str, Any]) -> None:
    row = {"transaction_id": "t1", "amount": "lots"}
    assert content_text({**row, **change}) != content_text(row)


@pytest.mark.parametrize(
    ("table", "name", "value", "text"),
    [
        (TRANSACTIONS, "amount", 12.0, "12"),
        (TRANSACTIONS, "amount", 12.5, "12.5"),
        (TRANSACTIONS, "amount", Decimal("12.50"), "12.50"),
        (TRANSACTIONS, "amount", "", None),
        (TRANSACTIONS, "booked_at", datetime.fromisoformat("2024-02-28"), "2024-02-28 00:00:00"),
        (HOLDINGS, "opened_at", datetime.fromisoformat("2024-02-28"), "2024-02-28"),
        (HOLDINGS, "opened_at", date(2024, 2, 28), "2024-02-28"),
        (CONSENTS, "is_granted", True, "true"),
        (CONSENTS, "is_granted", False, "false"),
        (PRODUCTS, "undeclared", ["a", "b"], "a|b"),
    ],
)
def test_values_are_written_as_a_csv_file_would_have_them(table: Table, name: str, value: Any, text: str) -> None:
    assert feed_texts(table, {name: value}) == {name: text}


def test_batch_has_every_column_that_any_row_has_and_the_rows_places() -> None:
    rows = [{"transaction_id": "t1", "amount": 5.0}, {"transaction_id": "t2", "new_column": "x"}]
    batch = as_batch(TRANSACTIONS, rows, source="core", versions=["1", "2"])
    assert {name: values.to_pylist() for name, values in batch.columns.items()} == {
        "transaction_id": ["t1", "t2"],
        "amount": ["5", None],
        "new_column": [None, "x"],
    }
    assert (batch.lines.tolist(), batch.versions.to_pylist(), batch.source) == ([0, 1], ["1", "2"], "core")


def test_good_row_with_its_key_takes_the_place_of_one_that_waits() -> None:
    rows = kept(TRANSACTIONS, transaction_id=["t1", "t2"])
    assert superseded(TRANSACTIONS, {"transaction_id": "t2", "amount": "lots"}, rows)
    assert not superseded(TRANSACTIONS, {"transaction_id": "t3", "amount": "lots"}, rows)


@pytest.mark.parametrize("written", ["2024-02-28", "28.02.2024", "2024-02-28 00:00:00"])
def test_keys_are_the_same_however_a_date_is_written(written: str) -> None:
    rows = kept(HOLDINGS, customer_id=["c1"], product_id=["p1"], opened_at=[date(2024, 2, 28)])
    key = {"customer_id": "c1", "product_id": "p1", "opened_at": written}
    assert superseded(HOLDINGS, key, rows)
    assert not superseded(HOLDINGS, {**key, "product_id": "p2"}, rows)


def test_part_of_a_key_that_may_be_empty_is_a_value_of_its_own() -> None:
    key = {"customer_id": "c1", "product_id": "p1"}
    without_day = kept(HOLDINGS, customer_id=["c1"], product_id=["p1"])
    with_day = kept(HOLDINGS, customer_id=["c1"], product_id=["p1"], opened_at=[date(2024, 2, 28)])
    assert superseded(HOLDINGS, key, without_day)
    assert not superseded(HOLDINGS, key, with_day)


@pytest.mark.parametrize("opened_at", ["2024-02-30", "soon"])
def test_row_whose_key_cannot_be_read_is_replaced_by_nothing(opened_at: str) -> None:
    rows = kept(HOLDINGS, customer_id=["c1"], product_id=["p1"])
    assert not superseded(HOLDINGS, {"customer_id": "c1", "product_id": "p1", "opened_at": opened_at}, rows)


def test_row_without_a_required_part_of_its_key_is_replaced_by_nothing() -> None:
    assert not superseded(
        TRANSACTIONS, {"transaction_id": "", "amount": "1"}, kept(TRANSACTIONS, transaction_id=[None])
    )


@pytest.mark.parametrize(
    ("waits", "comes", "is_replaced"),
    [("2", "3", True), ("2", "2", True), ("2", "1", False), (NO_VERSION, "1", True), ("2", None, True)],
)
def test_older_version_does_not_take_the_place_of_a_newer_row(waits: str, comes: str | None, is_replaced: bool) -> None:
    rows = kept(TRANSACTIONS, [comes], transaction_id=["t1"])
    assert superseded(TRANSACTIONS, {"transaction_id": "t1"}, rows, waits) is is_replaced


def test_all_rows_that_wait_under_one_key_are_found_over_several_batches() -> None:
    waiting = {b"one": "t1", b"another": "t1", b"later": "t2", b"never": "t3"}
    keys = WaitingKeys(TRANSACTIONS, [WaitingKey(name, {"transaction_id": key}, "") for name, key in waiting.items()])
    for batch in (["t1", "t8"], [], ["t9", "t2"]):
        keys.notice(kept(TRANSACTIONS, transaction_id=batch))
    assert keys.superseded == {b"one", b"another", b"later"}


def test_where_nothing_waits_nothing_is_found() -> None:
    keys = WaitingKeys(TRANSACTIONS, [])
    keys.notice(kept(TRANSACTIONS, transaction_id=["t1"]))
    assert keys.superseded == set()
