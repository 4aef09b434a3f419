from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from recsys.cleaning.rows import RawBatch, Reject
from recsys.feed.contract import CUSTOMERS, HOLDINGS, PRODUCTS, TABLE_BY_NAME, TABLES, TRANSACTIONS
from recsys.io.erased_rows import DATED_BY, ErasedRows
from recsys.privacy.requests import tombstone_hashes

KEY = b"k" * 32
ERASED_ON = date(2026, 6, 30)
(HASH,) = tombstone_hashes(["C1"], KEY)


def erased(*, is_back: bool = False) -> ErasedRows:
    return ErasedRows({HASH: (ERASED_ON, is_back)}, KEY)


def batch(**columns: list[str | None]) -> RawBatch:
    n_rows = len(next(iter(columns.values())))
    return RawBatch(np.arange(n_rows), {name: pa.array(values, pa.string()) for name, values in columns.items()})


def left(rows: ErasedRows, table: str, **columns: list[str | None]) -> list[int]:
    raw = rows.without(TABLE_BY_NAME[table], batch(**columns))
    # None of these rows breaks another rule, so all that is left is kept.
    rows.notice(TABLE_BY_NAME[table], pa.RecordBatch.from_pydict(raw.columns))
    return raw.lines.tolist()


def test_every_table_of_customers_says_of_what_day_a_row_is() -> None:
    assert set(DATED_BY) == {table.name for table in TABLES if "customer_id" in table.column_names}
    for table, column in DATED_BY.items():
        assert TABLE_BY_NAME[table].column(column)


def test_a_bank_without_tombstones_gets_the_very_batch_back() -> None:
    raw = batch(customer_id=["C1"])
    assert ErasedRows({}, KEY).without(CUSTOMERS, raw) is raw
    assert erased().without(PRODUCTS, raw) is raw


@pytest.mark.parametrize(
    ("registered", "is_let_in"),
    [("2026-07-01", True), ("2026-06-30", False), ("2019-01-01", False), ("soon", False), (None, False)],
)
def test_only_a_registration_after_the_day_lets_a_customer_in(registered: str | None, is_let_in: bool) -> None:
    rows = erased()
    assert left(rows, "customers", customer_id=["C1", "C2"], registered_at=[registered, None]) == (
        [0, 1] if is_let_in else [1]
    )
    assert rows.counts["customers"] == (0 if is_let_in else 1)
    assert rows.returned == ({HASH: date(2026, 7, 1)} if is_let_in else {})


def test_rows_after_the_day_need_a_registration_that_came_before_them() -> None:
    dated = {"customer_id": ["C1", "C1", "C1", "C2"], "opened_at": ["2026-07-02", "2020-01-01", None, "2020-01-01"]}
    assert left(erased(), "holdings", **dated) == [3]
    assert left(erased(is_back=True), "holdings", **dated) == [0, 3]
    rows = erased()
    left(rows, "customers", customer_id=["C1"], registered_at=["2026-07-01"])
    assert left(rows, "holdings", **dated) == [0, 3]


def test_a_registration_that_is_not_kept_brings_nobody_back() -> None:
    rows = erased()
    rows.without(CUSTOMERS, batch(customer_id=["C1"], registered_at=["2026-07-01"]))
    assert rows.returned == {}
    assert left(rows, "holdings", customer_id=["C1"], opened_at=["2026-07-02"]) == []


def test_times_count_by_their_day() -> None:
    booked = ["2026-06-30T23:59:59Z", "2026-07-01T00:00:00Z"]
    assert left(erased(is_back=True), "transactions", customer_id=["C1", "C1"], booked_at=booked) == [1]


def test_a_row_that_could_not_be_taken_apart_goes_where_it_names_an_erased_customer() -> None:
    rejects = tuple(
        Reject(line, None, "columns", "expected five", {"line": text}) for line, text in enumerate(["C1,p1", "C11,p1"])
    )
    raw = RawBatch(np.arange(0), {}, rejects)
    rows = erased()
    assert rows.without(TRANSACTIONS, raw).rejects == rejects[1:]
    assert rows.counts["transactions"] == 1


def test_what_belongs_to_the_rows_is_left_out_with_them() -> None:
    raw = RawBatch(
        np.arange(2),
        {"customer_id": pa.array(["C1", "C2"])},
        versions=pa.array(["1", "2"]),
        is_deleted=np.array([False, True]),
    )
    kept = erased().without(HOLDINGS, raw)
    assert kept.versions is not None
    assert kept.is_deleted is not None
    assert (kept.versions.to_pylist(), kept.is_deleted.tolist()) == (["2"], [True])
