from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from recsys.cleaning.deliveries import DeliveryValidator, deleted_rows, live_rows, versions_of
from recsys.cleaning.rows import CheckedBatch, RawBatch
from recsys.cleaning.validation import TableValidator
from recsys.feed.contract import CUSTOMERS, HOLDINGS, PRODUCTS


def delivery(columns: dict[str, list[str | None]], versions: list[str] | None, deleted: list[bool] | None) -> RawBatch:
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    n_rows = len(next(iter(arrays.values())))
    return RawBatch(
        np.arange(2, 2 + n_rows),
        arrays,
        source="crm",
        file="day-1.csv",
        versions=None if versions is None else pa.array(versions, pa.string()),
        is_deleted=None if deleted is None else np.array(deleted),
    )


def check(batch: RawBatch) -> tuple[DeliveryValidator, CheckedBatch]:
    validator = TableValidator(PRODUCTS, (), file="crm.products", latest=date(2026, 1, 31), known={}, are_versions=True)
    deliveries = DeliveryValidator(PRODUCTS, validator)
    return deliveries, deliveries.check(batch)


def test_deleted_rows_need_nothing_but_their_key() -> None:
    batch = delivery(
        {"product_id": ["p1", "p2"], "product_name": ["One", None], "category": ["a", None]}, ["1", "2"], [False, True]
    )
    validator, checked = check(batch)
    assert checked.kept["product_id"].to_pylist() == ["p1"]
    assert checked.rejects == ()
    assert validator.deleted.to_pylist() == [{"product_id": "p2", "row_version": "2"}]


def test_deleted_row_without_a_key_goes_to_quarantine_with_where_it_came_from() -> None:
    batch = delivery(
        {"product_id": ["p1", None], "product_name": ["One", None], "category": ["a", None]}, ["1", "2"], [False, True]
    )
    validator, checked = check(batch)
    (reject,) = checked.rejects
    assert (reject.line, reject.column, reject.rule) == (3, "product_id", "required")
    assert (reject.source, reject.file, reject.version) == ("crm", "day-1.csv", "2")
    assert validator.deleted.num_rows == 0


def test_versions_stay_with_the_rows_that_are_kept() -> None:
    batch = delivery(
        {"product_id": ["p1", "p1", "p2"], "product_name": ["Old", "New", None], "category": ["a", "a", "a"]},
        ["1", "2", "3"],
        None,
    )
    validator, checked = check(batch)
    assert checked.kept["row_version"].to_pylist() == ["1", "2"]
    assert validator.n_repeated == 1
    (reject,) = checked.rejects
    assert (reject.rule, reject.version) == ("required", "3")


def test_customer_is_deleted_whatever_its_history_says() -> None:
    assert CUSTOMERS.entity_key == ("customer_id",)
    assert HOLDINGS.entity_key == ("customer_id", "product_id", "opened_at")
    batch = delivery({"customer_id": ["c1"], "valid_from": ["2026-01-01"]}, None, [True])
    deleted, rejects = deleted_rows(batch, CUSTOMERS)
    assert deleted.to_pylist() == [{"customer_id": "c1", "row_version": ""}]
    assert rejects == ()


def test_batch_without_marks_is_all_alive_and_of_one_version() -> None:
    batch = delivery({"product_id": ["p1", "p2"]}, None, None)
    assert live_rows(batch) is batch
    assert versions_of(batch).to_pylist() == ["", ""]


def test_day_in_the_key_of_a_deleted_row_may_be_spelled_as_that_of_a_live_one() -> None:
    columns: dict[str, list[str | None]] = {"customer_id": ["c1"], "product_id": ["p1"], "opened_at": ["03.07.2019"]}
    deleted, rejects = deleted_rows(delivery(columns, ["1"], [True]), HOLDINGS)
    assert rejects == ()
    assert deleted["opened_at"].to_pylist() == [date(2019, 7, 3)]
