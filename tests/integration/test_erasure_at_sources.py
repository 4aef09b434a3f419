"""Somebody who was erased, and what several sources go on delivering about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.io.postgres import Database
from recsys.settings import Settings

from .test_erasure import erase
from .test_ingest_sources import FILES, SOURCES, Bank

CUSTOMERS = "no,full_name,phone,registered_at,changed_on,op\n"
TRANSACTIONS = "transaction_id,customer_id,booked_at,amount,changed_on\n"
# The erasure is of today.
LATER = datetime.now(UTC).date() + timedelta(days=2)


@pytest.fixture
def bank(home: Settings, database: Database, tmp_path: Path) -> Bank:
    bank = Bank(home, database, tmp_path / "sources")
    toml = SOURCES.format(folder=bank.folder).replace("as_of = 2026-01-31", f"as_of = {LATER + timedelta(days=1)}")
    (bank.folder / "sources.toml").write_text(toml)
    bank.put(**{"customers-1.csv": CUSTOMERS + "c1,Ada,1,2020-01-01,1,I\nc2,Bob,2,2020-01-01,1,I\n"})
    bank.run()
    erase(home, database, "c1")
    return bank


def customers(bank: Bank) -> list[str]:
    with bank.database.connect("admin") as connection:
        rows = connection.execute("select customer_id from identity.customers order by 1").fetchall()
    return [row[0] for row in rows]


def booked(bank: Bank) -> list[str]:
    with bank.database.connect("admin") as connection:
        return [row[0] for row in connection.execute("select transaction_id from raw.transactions order by 1")]


def kept_apart(bank: Bank) -> int:
    with bank.database.connect("admin") as connection:
        row = connection.execute("select count(*) from identity.source_rows where table_name = 'customers'").fetchone()
    assert row is not None
    return int(row[0])


def test_what_each_source_had_said_is_erased(bank: Bank) -> None:
    assert customers(bank) == ["c2"]
    assert booked(bank) == ["t2"]
    # Of c2 and of the lead, whom only the second source knows.
    assert kept_apart(bank) == 3


def test_corrections_and_late_rows_do_not_bring_the_person_back(bank: Bank) -> None:
    bank.put(
        **{
            "customers-2.csv": CUSTOMERS + "c1,Ada,3,2020-01-01,2,U\n",
            "transactions-2.csv": TRANSACTIONS
            + f"t3,c1,2026-01-02,1.00,2\nt4,c1,{LATER},1.00,2\nt5,c2,2026-01-02,1.00,2\n",
        }
    )
    result = bank.run()["ingest_feed"]
    assert customers(bank) == ["c2"]
    assert booked(bank) == ["t2", "t5"]
    assert kept_apart(bank) == 3
    tables = result.details["tables"]
    assert isinstance(tables, dict)
    assert tables["transactions"]["erased"] == 2  # type: ignore[index, call-overload]
    with bank.database.connect("admin") as connection:
        assert connection.execute("select count(*) from quarantine.rows").fetchone() == (0,)


def test_who_registers_anew_comes_from_every_source_again(bank: Bank) -> None:
    bank.put(
        **{
            "customers-2.csv": CUSTOMERS + f"c1,Ada King,3,{LATER},2,I\n",
            "transactions-2.csv": TRANSACTIONS + f"t3,c1,2026-01-02,1.00,2\nt4,c1,{LATER},1.00,2\n",
            # A source that knows no day of registration.
            "crm.jsonl": FILES["crm.jsonl"].replace('"9"', '"99"'),
        }
    )
    bank.run()
    assert customers(bank) == ["c1", "c2"]
    assert booked(bank) == ["t2", "t4"]
    assert kept_apart(bank) == 5
