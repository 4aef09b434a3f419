"""Rejected rows are looked at, repaired, tried again or dropped, and flow in with the next run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.small_feed import TEXTS, write_small_feed
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.io.postgres import Database, writer_lock
from recsys.io.quarantine_decisions import Selection, read_selected, write_decisions
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

INSIDE = ("ingest_feed", "resolve_customers", "anonymise_feed")
HEADER = "transaction_id,customer_id,booked_at,amount,description\n"
GOOD = "t1,c1,2024-01-05,-12.50,rent\n"
BAD = "t2,c2,2024-02-30,77.10,secret-gift\n"
RIGHT = "booked_at=2024-02-28"
DELTA = 'name = "small"\nmode = "delta"\nas_of = 2024-12-31\n'

Take = Callable[..., None]
Command = Callable[..., Any]


@pytest.fixture
def take(home: Settings, tmp_path: Path) -> Take:
    """Take in the small feed with some transactions, as a full feed or a delta, as far as a step."""
    settings = home.model_copy(update={"max_bad_row_share": 0.9})

    def take(run_id: str, transactions: str | None, *, steps: tuple[str, ...] = INSIDE, **changes: str) -> None:
        files: dict[str, str | bytes | None] = {f"{name}.csv": text for name, text in changes.items() if name != "toml"}
        if transactions is not None:
            files["transactions.csv"] = HEADER + transactions
        if "toml" in changes:
            files["feed.toml"] = changes["toml"]
        run = Run(run_id, str(write_small_feed(tmp_path / run_id, files)), None, 5, "auto")
        start_run(run, settings)
        for step in steps:
            run_step(step, run_id, settings)

    return take


@pytest.fixture
def command(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`recsys quarantine ...` on the test's home; its answer is JSON."""
    monkeypatch.setenv("RECSYS_HOME", str(home.home))
    monkeypatch.setenv("RECSYS_DATABASE_NAME", home.database_name)

    def command(*words: object) -> Any:
        result = CliRunner().invoke(app, ["quarantine", *map(str, words), "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return command


def in_raw(database: Database) -> list[tuple[Any, ...]]:
    with database.connect("ingest") as connection:
        return connection.execute(
            "select transaction_id, booked_at::date::text, amount::text from raw.transactions order by transaction_id"
        ).fetchall()


def states(command: Command) -> list[tuple[str, str, str]]:
    rows = command("list", "--state", "all")["rows"]
    return sorted((row["table_name"], row["rule"], row["state"]) for row in rows)


def the_row(command: Command) -> int:
    (row,) = command("list")["rows"]
    return int(row["row_id"])


T1, T2 = ("t1", "2024-01-05", "-12.50"), ("t2", "2024-02-28", "77.10")


def test_fixed_row_flows_in_with_every_later_full_feed_that_still_has_it_wrong(
    take: Take, command: Command, database: Database
) -> None:
    take("day-1", GOOD + BAD)
    assert command("fix", the_row(command), "--set", RIGHT)["still_broken"] == []
    assert states(command) == [("transactions", "type", "fixed")]
    for day in ("day-2", "day-3"):
        take(day, GOOD + BAD)
        assert in_raw(database) == [T1, T2]
        assert states(command) == [("transactions", "type", "released")]
        assert command("list")["rows"] == []


def test_fixed_row_flows_in_once_with_the_next_delta(take: Take, command: Command, database: Database) -> None:
    take("day-1", GOOD + BAD)
    command("fix", the_row(command), "--set", RIGHT)
    take("day-2", "t3,c1,2024-03-01,1.00,\n", toml=DELTA)
    assert in_raw(database) == [T1, T2, ("t3", "2024-03-01", "1.00")]
    with database.connect("engineer") as connection:
        loads = connection.execute(
            "select table_name, run_id, n_read, n_kept from ops.loads where kind = 'quarantine'"
        ).fetchall()
    assert loads == [("transactions", "day-2", 1, 1)]
    take("day-3", GOOD, toml=DELTA)
    assert states(command) == [("transactions", "type", "released")]
    with database.connect("engineer") as connection:
        row = connection.execute("select count(*) from ops.loads where kind = 'quarantine'").fetchone()
    assert row == (1,)


def test_fixed_row_flows_in_with_a_delta_that_does_not_have_its_table(
    take: Take, command: Command, database: Database
) -> None:
    take("day-1", GOOD + BAD)
    command("fix", the_row(command), "--set", RIGHT)
    take("day-2", None, toml=DELTA)
    assert in_raw(database) == [T1, T2]


def test_killed_before_its_data_is_in_raw_a_run_leaves_the_row_waiting(
    take: Take, command: Command, database: Database
) -> None:
    take("day-1", GOOD + BAD)
    command("fix", the_row(command), "--set", RIGHT)
    take("day-2", GOOD, toml=DELTA, steps=("ingest_feed", "resolve_customers"))
    assert states(command) == [("transactions", "type", "fixed")]
    assert in_raw(database) == [T1]
    take("day-3", GOOD, toml=DELTA)
    assert in_raw(database) == [T1, T2]
    assert states(command) == [("transactions", "type", "released")]


def test_decision_that_is_newer_than_the_run_is_kept_for_the_next(
    take: Take, command: Command, database: Database, home: Settings
) -> None:
    take("day-1", GOOD + BAD)
    row_id = the_row(command)
    command("fix", row_id, "--set", RIGHT)
    take("day-2", GOOD, toml=DELTA, steps=("ingest_feed", "resolve_customers"))
    command("fix", row_id, "--set", "booked_at=2024-02-27")
    run_step("anonymise_feed", "day-2", home)
    assert states(command) == [("transactions", "type", "fixed")]
    take("day-3", GOOD, toml=DELTA)
    assert in_raw(database)[1] == ("t2", "2024-02-27", "77.10")
    assert states(command) == [("transactions", "type", "released")]


@pytest.mark.parametrize("words", [("fix", "--set", RIGHT), ("retry",), ("drop", "--why", "twice")])
def test_nobody_decides_about_rows_while_a_run_takes_them_in(
    take: Take, command: Command, database: Database, words: tuple[str, ...]
) -> None:
    take("day-1", GOOD + BAD)
    with database.connect("ingest") as connection, writer_lock(connection):
        result = CliRunner().invoke(app, ["quarantine", *words, "--table", "transactions"])
    assert (result.exit_code, "Another step is writing" in result.stderr) == (1, True), result.output
    assert states(command) == [("transactions", "type", "open")]
    command(*words, "--table", "transactions")
    assert states(command) != [("transactions", "type", "open")]


def test_decision_is_as_new_as_the_moment_in_which_it_is_written(take: Take, database: Database) -> None:
    take("day-1", GOOD + BAD)
    with database.connect("ingest") as connection:
        for _ in range(2):
            before = connection.execute("select clock_timestamp()").fetchone()
            write_decisions(connection, read_selected(connection, Selection(table="transactions")), "retry", "someone")
            decided = connection.execute("select decided_at, now() from quarantine.decisions").fetchone()
            assert before is not None
            assert decided is not None
            assert decided[1] < before[0] <= decided[0]


def test_bad_row_that_comes_every_night_is_one_open_row(take: Take, command: Command) -> None:
    for day in ("day-1", "day-2", "day-3"):
        take(day, GOOD + BAD + BAD, toml=DELTA if day == "day-3" else TEXTS["feed.toml"])
    assert states(command) == [("transactions", "type", "open")]
    assert len(command("list", "--run-id", "day-3")["rows"]) == 2


def test_dropped_row_stays_dropped_until_somebody_wants_it_back(
    take: Take, command: Command, database: Database
) -> None:
    take("day-1", GOOD + BAD)
    row_id = the_row(command)
    command("drop", row_id, "--why", "booked twice")
    take("day-2", GOOD + BAD)
    assert command("list")["rows"] == []
    assert states(command) == [("transactions", "type", "dropped")]
    assert in_raw(database) == [T1]
    command("retry", row_id)
    command("fix", row_id, "--set", RIGHT)
    take("day-3", GOOD + BAD)
    assert in_raw(database) == [T1, T2]


@pytest.mark.parametrize("manifest", [TEXTS["feed.toml"], DELTA], ids=["full", "delta"])
def test_corrected_delivery_takes_the_place_of_the_row_and_of_its_repair(
    take: Take, command: Command, database: Database, manifest: str
) -> None:
    take("day-1", GOOD + BAD)
    command("fix", the_row(command), "--set", RIGHT)
    take("day-2", GOOD + "t2,c2,2024-02-29,77.10,\n", toml=manifest)
    assert in_raw(database) == [T1, ("t2", "2024-02-29", "77.10")]
    if manifest == DELTA:
        assert states(command) == [("transactions", "type", "superseded")]
    else:
        assert states(command) == []
    take("day-3", GOOD, toml=DELTA)
    assert in_raw(database) == [T1, ("t2", "2024-02-29", "77.10")]


def test_row_of_an_unknown_customer_flows_in_when_the_customer_arrives(
    take: Take, command: Command, database: Database
) -> None:
    take("day-1", GOOD + "t9,c9,2024-05-05,9.00,\n")
    take("day-2", GOOD, toml=DELTA)
    assert states(command) == [("transactions", "unknown_reference", "open")]
    newcomer = TEXTS["customers.csv"].splitlines()[0] + "\nc9,2024-05-01,active,New Comer,,1990-01-01,,\n"
    take("day-3", None, toml=DELTA, customers=newcomer)
    assert in_raw(database) == [T1, ("t9", "2024-05-05", "9.00")]
    assert states(command) == [("transactions", "unknown_reference", "released")]


def test_repair_that_is_not_right_is_told_at_once_and_stays_with_its_new_reason(
    take: Take, command: Command, database: Database
) -> None:
    take("day-1", GOOD + BAD)
    answer = command("fix", the_row(command), "--set", RIGHT, "--set", "customer_id=c77")
    assert [(row["column_name"], row["rule"]) for row in answer["still_broken"]] == [
        ("customer_id", "unknown_reference")
    ]
    take("day-2", GOOD, toml=DELTA)
    assert in_raw(database) == [T1]
    assert states(command) == [("transactions", "unknown_reference", "fixed")]
    command("fix", the_row(command), "--set", "customer_id=c2")
    take("day-3", GOOD, toml=DELTA)
    assert in_raw(database) == [T1, T2]


def test_many_rows_are_repaired_by_what_they_have_in_common(take: Take, command: Command, database: Database) -> None:
    take("day-1", GOOD + BAD + BAD.replace("t2", "t3") + "t4,c1,2024-01-01,lots,\n")
    filters = ("--table", "transactions", "--rule", "type", "--column", "booked_at")
    assert len(command("fix", *filters, "--set", RIGHT)["fixed"]) == 2
    take("day-2", GOOD, toml=DELTA)
    assert [row[0] for row in in_raw(database)] == ["t1", "t2", "t3"]
    assert [row["column_name"] for row in command("list")["rows"]] == ["amount"]


def test_values_are_shown_to_who_has_the_key_and_never_written_down(
    take: Take, command: Command, database: Database
) -> None:
    take("day-1", GOOD + BAD)
    row_id = the_row(command)
    listed = json.dumps(command("list", "--run-id", "day-1"))
    shown = command("show", row_id)
    assert shown["values"]["description"] == "secret-gift"
    assert (shown["column_name"], shown["values"]["booked_at"]) == ("booked_at", "2024-02-30")
    command("fix", row_id, "--set", RIGHT, "--set", "description=other-secret")
    command("retry", row_id)
    command("drop", row_id, "--why", "a secret")
    with database.connect("engineer") as connection:
        audit = connection.execute(
            "select action, details from ops.audit_log where action like '%quarantined%' order by audit_id"
        ).fetchall()
    assert {action for action, _ in audit} == {
        "list_quarantined_rows", "show_quarantined_row", "fix_quarantined_rows", "retry_quarantined_rows",
        "drop_quarantined_rows",
    }  # fmt: skip
    assert all(details["row_ids"] == [row_id] for action, details in audit if action != "list_quarantined_rows")
    written = listed + str(audit)
    assert [value for value in ("secret", "77.10", "2024-02-30", "2024-02-28", "c2") if value in written] == []


def test_nonsense_is_refused_with_what_to_do_and_without_the_value(take: Take, command: Command) -> None:
    take("day-1", GOOD + BAD)
    row_id = the_row(command)
    cases = {
        ("show", "999999"): "Quarantine has no row 999999",
        ("retry",): "No row was named",
        ("fix", str(row_id), "--set", "secret"): "A --set has no column",
        ("fix", str(row_id), "--set", "bookedat=secret"): "transactions has no column bookedat",
        ("drop", "--table", "payments", "--why", "x"): "There is no table payments",
    }
    for words, message in cases.items():
        result = CliRunner().invoke(app, ["quarantine", *words])
        assert (result.exit_code, message in result.stderr) == (1, True), (words, result.output)
        assert "secret" not in result.output
