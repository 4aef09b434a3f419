"""Rows that a source delivered wrong are repaired under its name, and a newer delivery takes the repair's place."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.test_ingest_sources import TRANSACTIONS, Bank

from recsys.io.postgres import Database
from recsys.io.quarantine import sealed_row
from recsys.io.quarantine_decisions import Selection, read_selected, write_decisions
from recsys.io.quarantine_repairs import repaired_rows
from recsys.settings import Settings


@pytest.fixture
def bank(home: Settings, database: Database, tmp_path: Path) -> Bank:
    return Bank(home, database, tmp_path / "bank")


def fix(bank: Bank, changes: dict[str, str | None]) -> None:
    key = bank.database.secrets.key("quarantine_key")
    with bank.database.connect("ingest") as connection:
        rows = read_selected(connection, Selection())
        repairs = {
            row.row_id: sealed_row(values, key)
            for row, values in zip(rows, repaired_rows(rows, changes, key), strict=True)
        }
        write_decisions(connection, rows, "fixed", "somebody", repairs=repairs)


def states(bank: Bank) -> list[tuple[object, ...]]:
    return bank.rows("select source, rule, state from quarantine.current_rows order by 1, 2")


def test_repaired_row_flows_in_with_the_next_delivery_until_a_newer_one_comes(bank: Bank) -> None:
    bank.put(**{"transactions-2.csv": TRANSACTIONS + "t3,c1,2026-01-02,lots,5\n"})
    bank.run()
    assert states(bank) == [("core", "type", "open")]
    fix(bank, {"amount": "30.00"})
    bank.run()
    assert bank.transactions() == {"t1": "10.00", "t2": "20.00", "t3": "30.00"}
    assert states(bank) == [("core", "type", "released")]
    assert bank.loads()[("quarantine", "transactions")][:3] == (1, 1, 0)
    bank.put(**{"transactions-3.csv": TRANSACTIONS + "t3,c1,2026-01-02,31.00,6\n"})
    bank.run()
    assert bank.transactions()["t3"] == "31.00"
    # It did flow in, and what became of the row since is no matter of quarantine.
    assert states(bank) == [("core", "type", "released")]


def test_older_delivery_that_comes_late_does_not_take_the_place_of_a_repair(bank: Bank) -> None:
    bank.put(**{"transactions-2.csv": TRANSACTIONS + "t3,c1,2026-01-02,lots,5\n"})
    bank.run()
    fix(bank, {"amount": "30.00"})
    bank.put(**{"transactions-3.csv": TRANSACTIONS + "t3,c1,2026-01-02,29.00,4\n"})
    bank.run()
    assert bank.transactions()["t3"] == "30.00"
    assert states(bank) == [("core", "type", "released")]


def test_repair_of_what_one_of_several_sources_says_is_put_together_with_the_others(bank: Bank) -> None:
    crm = (bank.folder / "crm.jsonl").read_text().replace('"c1", "phone"', '"c1", "n_dependants": "many", "phone"')
    bank.put(**{"crm.jsonl": crm})
    bank.run()
    assert bank.contacts() == {"c1": "1", "c2": "2"}
    fix(bank, {"n_dependants": "2"})
    bank.run()
    assert bank.contacts() == {"c1": "9", "c2": "2"}
    assert bank.rows("select n_dependants from raw.customers where n_dependants is not null") == [(2,)]
    assert states(bank) == [("crm", "type", "released")]
