"""Every fault that was planted in the demo bank is quarantined with its true reason, and flows in once repaired."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.feed.demo.bank import Plan
from recsys.io.demo_feed import write_demo_feed
from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

AS_OF = date(2026, 10, 31)
# A right value for the column of every fault.
RIGHT = {
    "birth_date": "1985-02-28",
    "annual_income": "12000.00",
    "registered_at": "2020-01-01",
    "closed_at": "2026-02-28",
    "booked_at": "2026-10-01",
    "amount": "-12.50",
    "risk_tolerance": "3",
    "answered_at": "2026-10-01 10:00:00",
    "purpose": "marketing",
    "is_granted": "true",
    "event_type": "view",
}
# Faulty rows of these tables are copies of good ones, so a day of their own makes them rows of their own.
OWN_DAY = {"holdings": "opened_at", "consents": "recorded_at"}
# A row that is wrong only because its key was taken gets another.
OWN_ID = {"customers": "customer_id", "transactions": "transaction_id"}


def recsys(*words: str) -> Any:
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def take(home: Settings, feed: Path, run_id: str) -> None:
    start_run(Run(run_id, str(feed), None, 5, "auto"), home)
    for step in ("ingest_feed", "resolve_customers", "anonymise_feed"):
        run_step(step, run_id, home)


def in_raw(database: Database) -> dict[str, int]:
    counts = {}
    with database.connect("ingest") as connection:
        for table in ("customers", "holdings", "transactions", "surveys", "consents", "interactions"):
            query = sql.SQL("select count(*) from {}").format(sql.Identifier("raw", table))
            row = connection.execute(query).fetchone()
            counts[table] = row[0] if row else 0
    return counts


def repair(place: int, row: dict[str, Any], known: dict[str, str]) -> list[str]:
    table, column = row["table_name"], row["column_name"]
    changes = {}
    if table in OWN_DAY:
        changes[OWN_DAY[table]] = f"2019-{place % 12 + 1:02d}-{place % 28 + 1:02d}"
    if row["rule"] == "duplicate_key" and table in OWN_ID:
        changes[OWN_ID[table]] = f"NEW-{place}"
    elif row["rule"] == "unknown_reference":
        changes[column] = known[column]
    elif row["rule"] != "duplicate_key":
        changes[column] = RIGHT[column]
    return [word for name, value in changes.items() for word in ("--set", f"{name}={value}")]


def test_every_planted_fault_has_its_true_rule_and_flows_in_once_repaired(
    home: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_HOME", str(home.home))
    monkeypatch.setenv("RECSYS_DATABASE_NAME", home.database_name)
    home = home.model_copy(update={"max_bad_row_share": 0.05})
    write_demo_feed(Plan(250, 7, AS_OF, transactions_per_customer=4), tmp_path / "feed")
    take(home, tmp_path / "feed", "day-1")
    rows = recsys("quarantine", "list", "--limit", "1000")["rows"]
    with (tmp_path / "feed" / "truth" / "dirt.csv").open() as file:
        truth = {tuple(row[name] for name in ("table", "line", "column", "rule")) for row in csv.DictReader(file)}
    found = {tuple(str(row[name]) for name in ("table_name", "line", "column_name", "rule")) for row in rows}
    assert found == truth
    with (tmp_path / "feed" / "customers.csv").open() as file:
        known = {"customer_id": next(csv.DictReader(file))["customer_id"], "product_id": "current_account"}
    with (tmp_path / "feed" / "products.csv").open() as file:
        known["product_id"] = next(csv.DictReader(file))["product_id"]
    before = in_raw(database)
    for place, row in enumerate(rows):
        answer = recsys("quarantine", "fix", str(row["row_id"]), *repair(place, row, known))
        assert answer["still_broken"] == [], row
    recsys("quarantine", "retry", *(str(row["row_id"]) for row in rows))
    take(home, tmp_path / "feed", "day-2")
    assert recsys("quarantine", "list")["rows"] == []
    assert {row["state"] for row in recsys("quarantine", "list", "--state", "all", "--limit", "1000")["rows"]} == {
        "released"
    }
    after = {table: n + sum(row["table_name"] == table for row in rows) for table, n in before.items()}
    assert in_raw(database) == after
