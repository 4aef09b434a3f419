"""`recsys duplicates` on a bank that has Ada three times and her twin once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.integration.small_feed import write_small_feed
from typer.testing import CliRunner, Result

from recsys.cli.main import app
from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

HEADER = "customer_id,registered_at,full_name,email,birth_date,phone,street,postcode,city,national_id\n"
ADA = (
    "a1,2020-01-01,Adelheid Wiesengrund,ada@example.org,1980-03-04,+49 30 1234567,Lindenstraße 5,10969,Berlin,N111111\n"
)
TYPO = "a2,2021-01-01,Adelhied Wiesengrund,,1980-03-04,+49 30 1234567,Lindenstr. 5,10969,Berlin,\n"
TWIN = "t1,2020-06-01,Brunhilde Wiesengrund,,1980-03-04,+49 30 1234567,Lindenstraße 5,10969,Berlin,N927364\n"
OTHER = "o1,2019-01-01,Karl Ostermann,karl@example.org,1955-11-30,+49 89 7654321,Am Ring 9,80331,München,N555555\n"


def take_in(home: Settings, folder: Path, customers: str, run_id: str, manifest: str = "") -> None:
    changes: dict[str, str | bytes | None] = {
        "customers.csv": HEADER + customers,
        "holdings.csv": "customer_id,product_id\n" + ("" if "delta" in manifest else f"{customers.split(',')[0]},p1\n"),
        "feed.toml": manifest,
    }
    start_run(Run(run_id, str(write_small_feed(folder, changes)), None, 5, "auto"), home)
    for step in ("ingest_feed", "resolve_customers", "anonymise_feed"):
        run_step(step, run_id, home)


@pytest.fixture
def bank(home: Settings, database: Database, tmp_path: Path) -> Database:
    take_in(home, tmp_path / "one", ADA + TYPO + TWIN + OTHER, "run-1")
    return database


def duplicates(home: Settings, *words: str) -> Result:
    runner = CliRunner(env={"RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name})
    return runner.invoke(app, ["duplicates", *words])


def answer(home: Settings, *words: str) -> Any:
    result = duplicates(home, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def persons(database: Database) -> dict[str, str]:
    """Per customer id the one that stands for the person, as `raw.customer_links` and identity agree."""
    with database.connect("admin") as connection:
        rows = connection.execute(
            """
            select customers.customer_id, persons.customer_id, customers.person_key = links.person_key
            from identity.customers
            inner join raw.customer_links as links using (customer_key)
            inner join identity.customers as persons on persons.customer_key = links.person_key
            """
        ).fetchall()
    assert all(agrees for *_, agrees in rows)
    return {customer: person for customer, person, _ in rows}


def audited(database: Database) -> list[str]:
    with database.connect("engineer") as connection:
        return [row[0] for row in connection.execute("select action from ops.audit_log order by audit_id").fetchall()]


APART = {"a1": "a1", "a2": "a1", "t1": "t1", "o1": "o1"}


def test_typing_error_is_joined_and_the_twin_is_for_people_to_review(home: Settings, bank: Database) -> None:
    assert persons(bank) == APART
    found = {(pair["customer_id_l"], pair["customer_id_r"]): pair for pair in answer(home, "list")}
    by_pair = {tuple(sorted(pair)): (row["state"], row["reason"]) for pair, row in found.items()}
    assert by_pair["a1", "a2"] == ("joined", "")
    assert by_pair["a1", "t1"] == ("review", "different national ids")
    assert "o1" not in {customer for pair in by_pair for customer in pair}
    assert {row["state"] for row in answer(home, "list", "--state", "review")} == {"review"}
    assert "ids_of_matches" in audited(bank)
    assert "list_matches" in audited(bank)


def test_split_holds_at_once_and_in_the_next_run_and_join_takes_it_back(
    home: Settings, bank: Database, tmp_path: Path
) -> None:
    assert answer(home, "split", "a1", "a2") == {"left": "a2"}
    assert persons(bank) == {**APART, "a2": "a2"}
    take_in(home, tmp_path / "two", ADA + TYPO + TWIN + OTHER, "run-2")
    assert persons(bank) == {**APART, "a2": "a2"}
    assert {row["state"] for row in answer(home, "list", "--state", "split")} == {"split"}
    assert answer(home, "join", "a2", "a1") == {"person": "a1", "moved": 1}
    assert persons(bank) == APART
    take_in(home, tmp_path / "three", ADA + TYPO + TWIN + OTHER, "run-3")
    assert persons(bank) == APART
    assert {"split_customers", "join_customers"} <= set(audited(bank))


def test_join_of_two_whom_linkage_keeps_apart_holds_and_the_earlier_stands_for_both(
    home: Settings, bank: Database, tmp_path: Path
) -> None:
    assert answer(home, "join", "a1", "o1") == {"person": "o1", "moved": 2}
    joined = {"a1": "o1", "a2": "o1", "t1": "t1", "o1": "o1"}
    assert persons(bank) == joined
    take_in(home, tmp_path / "two", ADA + TYPO + TWIN + OTHER, "run-2")
    assert persons(bank) == joined


def test_join_that_would_undo_what_people_split_is_refused(home: Settings, bank: Database) -> None:
    answer(home, "split", "t1", "a2")
    result = duplicates(home, "join", "t1", "a1")
    assert result.exit_code == 1
    assert "split by people" in result.stderr
    assert persons(bank) == APART


def test_resolving_twice_leaves_the_same_matches(home: Settings, bank: Database, tmp_path: Path) -> None:
    def matches() -> list[tuple[Any, ...]]:
        with bank.connect("admin") as connection:
            query = "select customer_key_l, customer_key_r, match_weight, state from identity.matches order by 1, 2"
            return connection.execute(query).fetchall()

    first = matches()
    assert first
    take_in(home, tmp_path / "two", OTHER + TWIN + TYPO + ADA, "run-2")
    assert matches() == first


def test_delta_links_as_one_full_load_of_the_same_customers(home: Settings, database: Database, tmp_path: Path) -> None:
    take_in(home, tmp_path / "one", TYPO + OTHER, "run-1")
    take_in(home, tmp_path / "two", ADA + TWIN, "run-2", 'mode = "delta"\n')
    assert persons(database) == APART


def test_explain_says_what_agrees_in_bits_that_add_up(home: Settings, bank: Database) -> None:
    told = answer(home, "explain", "a2", "a1")
    found = {finding["comparison"]: finding["grade"] for finding in told["findings"]}
    assert found["given name"] == "similar"
    assert found["birth date"] == "same"
    assert found["national id"] == "missing"
    bits = sum(finding["bits"] + finding["rarity_bits"] for finding in told["findings"])
    assert told["prior_bits"] + bits == pytest.approx(told["weight"])
    assert told["probability"] >= told["match_threshold"]
    stored = {
        frozenset((pair["customer_id_l"], pair["customer_id_r"])): pair["match_weight"] for pair in answer(home, "list")
    }
    assert stored[frozenset(("a1", "a2"))] == pytest.approx(told["weight"])


def test_explain_shows_values_only_where_they_are_asked_for(home: Settings, bank: Database) -> None:
    plain = duplicates(home, "explain", "a1", "t1")
    assert "different national ids" in plain.stdout
    assert "Wiesengrund" not in plain.stdout
    assert "Brunhilde Wiesengrund" in duplicates(home, "explain", "a1", "t1", "--values").stdout


def test_explain_takes_any_pair(home: Settings, bank: Database) -> None:
    assert answer(home, "explain", "a1", "o1")["probability"] < 1e-6


def test_customer_who_does_not_exist_is_not_found_and_not_repeated(home: Settings, bank: Database) -> None:
    result = duplicates(home, "split", "a1", "nobody-at-all")
    assert result.exit_code == 1
    assert "no customer with the second id" in result.stderr
    assert "nobody-at-all" not in result.stderr


def test_engineer_sees_keys_and_no_values(bank: Database) -> None:
    with bank.connect("engineer") as connection:
        rows = connection.execute("select * from identity.list_matches('joined')").fetchall()
    assert len(rows) == 1
    assert "Wiesengrund" not in str(rows)
    for table in ("matches", "match_decisions", "match_weights", "customers"):
        query = psycopg.sql.SQL("select * from identity.{}").format(psycopg.sql.Identifier(table))
        with pytest.raises(psycopg.errors.InsufficientPrivilege), bank.connect("engineer") as connection:
            connection.execute(query)
