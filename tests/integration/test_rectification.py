"""A wrong value of a customer, from the command over the feeds that still bring it to the one that does not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recsys.errors import ContractError, NotFoundError
from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.intake import today
from recsys.steps.person_decisions import consents_of, decide_rectification, rectifications_of
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

from .small_feed import TEXTS, write_small_feed

INCOME = "annual_income"


def load(home: Settings, feed: Path, run_id: str) -> None:
    start_run(Run(run_id, str(feed), None, 5, "auto"), home)
    for step in ("ingest_feed", "resolve_customers", "anonymise_feed"):
        run_step(step, run_id, home)


def incomes(database: Database) -> list[Any]:
    with database.connect("ingest") as connection:
        rows = connection.execute(
            "select annual_income from raw.customers order by registered_at, valid_from"
        ).fetchall()
    return [row[0] for row in rows]


def rectify(database: Database, customer_id: str, *settings: str) -> dict[str, Any]:
    return decide_rectification(database, customer_id, settings, why="payslip of Ada", today=today(), channel="letter")


def test_a_correction_holds_at_once_and_over_loads_until_the_source_delivers_something_else(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    wrong = write_small_feed(tmp_path / "wrong")
    load(home, wrong, "run-1")
    done = rectify(database, "c1", "customers.annual_income=58000")
    assert (done["rows"], done["columns"]) == (1, [INCOME])
    assert incomes(database) == [Decimal(58000), Decimal("61000.50"), None]
    (hidden,) = consents_of(database, "c1")["suppressions"]
    assert (hidden["reason"], hidden["serves"]) == ("rectified", "popular")
    load(home, wrong, "run-2")
    assert incomes(database) == [Decimal(58000), Decimal("61000.50"), None]
    assert [row["state"] for row in rectifications_of(database, "c1")] == ["active"]
    raised = write_small_feed(
        tmp_path / "raised", {"customers.csv": TEXTS["customers.csv"].replace("52000.00", "70000.00")}
    )
    load(home, raised, "run-3")
    assert incomes(database) == [Decimal(70000), Decimal("61000.50"), None]
    (found,) = rectifications_of(database, "c1")
    assert (found["state"], found["value"], found["why"]) == ("released", "58000.00", "payslip of Ada")
    load(home, wrong, "run-4")
    assert incomes(database)[0] == Decimal(52000)


def test_a_missing_value_and_a_second_correction_are_corrected_too(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    feed = write_small_feed(tmp_path / "feed")
    load(home, feed, "run-1")
    rectify(database, "c3", "customers.annual_income=30000", "customers.status=active")
    assert incomes(database)[2] == Decimal(30000)
    load(home, feed, "run-2")
    assert incomes(database)[2] == Decimal(30000)
    with database.connect("ingest") as connection:
        assert connection.execute("select count(*) from raw.customers where status = 'closed'").fetchone() == (0,)


def test_neither_value_nor_reason_is_readable_without_the_key(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    load(home, write_small_feed(tmp_path / "feed"), "run-1")
    rectify(database, "c1", "customers.annual_income=58123")
    with database.connect("admin") as connection:
        written = [
            str(row)
            for table in ("identity.rectifications", "ops.audit_log", "ops.privacy_requests", "ops.suppressions")
            for row in connection.execute(f"select * from {table}".encode())
        ]
    assert written
    assert not [text for text in written if "58123" in text or "payslip" in text]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("customers.annual_income=-5", "annual_income breaks the feed contract"),
        ("customers.annual_income=much", "annual_income breaks the feed contract"),
        ("customers.status=gone", "status breaks the feed contract"),
        ("customers.email=ada@example.org", "no value that can be corrected here"),
        ("customers.customer_id=c2", "no value that can be corrected here"),
        ("annual_income", "no value that can be corrected here"),
    ],
)
def test_a_value_that_breaks_the_contract_is_refused_before_anything_is_written(
    database: Database, setting: str, message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        rectify(database, "c1", setting)
    with database.connect("admin") as connection:
        assert connection.execute("select count(*) from ops.privacy_requests").fetchone() == (0,)


def test_an_unknown_customer_is_refused(database: Database) -> None:
    with pytest.raises(NotFoundError, match="no customer with this id"):
        rectify(database, "nobody", "customers.annual_income=1")
