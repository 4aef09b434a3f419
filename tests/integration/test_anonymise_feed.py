from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import dict_row

from recsys.errors import RunError
from recsys.io.landing import landed_tables
from recsys.io.postgres import Database
from recsys.privacy.keys import customer_keys
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run, StepResult

FEED = {
    "customers.csv": (
        "customer_id,registered_at,full_name,email,phone,street,postcode,country,birth_date,national_id,iban,hobby,login\n"
        "c1,2020-01-05,Ada Lovelace,ada@example.org,+44 20 7946 0958,12 High Street,SW1A 1AA,GB,1980-12-10,AB123456C,"
        "GB29NWBK60161331926819,chess with Ada Lovelace,countess_1815\n"
        'c2,2021-03-01,"Hopper, Grace",grace@example.org,,,10115,DE,1975-12-09,,,,\n'
        "c3,2021-03-02,Grace Hopper,Grace@Example.org,,,10115,DE,1975-12-09,,,,\n"
    ),
    "products.csv": (
        "product_id,product_name,category,countries,requires\np1,Current account,account,AT|DE,\n"
        'p2,"The ""World"" fund",fund,,p1|p3\np3,Savings,savings,,\n'
    ),
    "holdings.csv": "customer_id,product_id,opened_at,closed_at,balance\nc1,p1,2020-01-05,,1200.00\nc2,p1,,,\n",
    "transactions.csv": (
        "transaction_id,customer_id,booked_at,amount,merchant,counterparty_name,counterparty_iban,description\n"
        "t1,c1,2024-01-05T10:00:00Z,-12.50,GROCER,Bob Nobody,DE89 3704 0044 0532 0130 00,"
        '"RENT, LOVELACE ADA/Countess 1815"\n'
        't2,c2,2024-01-06,20.00,,,DE89370400440532013000,"from ada@EXAMPLE.org, 12 high street\n'
        'GB29 NWBK 6016 1331 9268 19"\n'
        "t3,c2,2024-01-07,3.00,,,,\n"
    ),
    "surveys.csv": "response_id,customer_id,answered_at,comment\ns1,c1,2024-02-01,I am Ada  Lovelace (020 7946 0958)\n",
    "feed.toml": (
        'name = "small"\nas_of = 2024-12-31\n'
        '[columns.customers.hobby]\ntype = "text"\nclass = "redact"\npurpose = "audit"\n'
        '[columns.customers.login]\ntype = "text"\nclass = "encrypt"\npurpose = "contact"\n'
    ),
}
PERSONAL = (
    "lovelace", "hopper", "ada@", "grace@", "7946", "high street", "sw1a", "10115", "ab123456c", "1331", "nobody",
    "1980-12", "1815",
)  # fmt: skip
TABLES = ("customers", "products", "holdings", "transactions", "surveys", "consents", "interactions", "customer_links")


def write_feed(folder: Path, **changes: str) -> Path:
    folder.mkdir(parents=True)
    for name, content in (FEED | {f"{name}.csv": content for name, content in changes.items()}).items():
        (folder / name).write_text(content)
    return folder


def land(home: Settings, feed: Path, run_id: str = "run-1") -> None:
    start_run(Run(run_id, str(feed), None, 5, "auto"), home)
    run_step("ingest_feed", run_id, home)


def anonymise(home: Settings, feed: Path, run_id: str = "run-1") -> StepResult:
    land(home, feed, run_id)
    run_step("resolve_customers", run_id, home)
    return run_step("anonymise_feed", run_id, home)


def rows(database: Database, query: str) -> list[dict[str, Any]]:
    with database.connect("ingest") as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()  # type: ignore[arg-type]


def everything_in_raw(database: Database) -> dict[str, list[str]]:
    return {table: sorted(str(row) for row in rows(database, f"select * from raw.{table}")) for table in TABLES}


def test_feed_arrives_in_raw_without_personal_values(home: Settings, database: Database, tmp_path: Path) -> None:
    result = anonymise(home, write_feed(tmp_path / "feed"))
    written = everything_in_raw(database)
    assert not [value for value in PERSONAL if value in json.dumps(written).lower()]
    assert result.rows == 3 + 3 + 2 + 3 + 1
    assert result.details["redactions"] == {
        "PERSON": 3, "EMAIL_ADDRESS": 1, "STREET_ADDRESS": 1, "IBAN_CODE": 1, "PHONE_NUMBER": 1, "PERSONAL": 1,
    }  # fmt: skip


def test_name_or_address_that_a_customer_typed_into_a_field_of_choice_does_not_pass(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    customers = (
        "customer_id,registered_at,full_name,email,phone,occupation,segment,branch,education,employment_status\n"
        "c1,2020-01-05,Ada Lovelace,ada@example.org,+442079460958,Ada Lovelace,retail,ada@example.org,Lovelace Ada,\n"
        "c2,2021-03-01,Grace Hopper,grace@example.org,,physician,retail,Berlin Mitte,secondary,ask Grace Hopper\n"
    )
    interactions = (
        "event_id,customer_id,product_id,event_type,channel,occurred_at\n"
        "e1,c1,p1,click,+44 20 7946 0958,2024-01-01\ne2,c1,p1,click,app,2024-01-01\n"
    )
    feed = write_feed(tmp_path / "feed", customers=customers, interactions=interactions)
    (feed / "feed.toml").write_text('name = "small"\nas_of = 2024-12-31\n')
    result = anonymise(home, feed)
    found = rows(
        database, "select occupation, segment, branch, education, employment_status from raw.customers order by branch"
    )
    assert [tuple(row.values()) for row in found] == [
        ("<PERSON>", "retail", "<EMAIL_ADDRESS>", "<PERSON>", None),
        ("physician", "retail", "Berlin Mitte", "secondary", "ask <PERSON>"),
    ]
    channels = rows(database, "select channel from raw.interactions order by event_id")
    assert [row["channel"] for row in channels] == ["+<PHONE_NUMBER>", "app"]
    assert result.details["redactions"]["PERSON"] >= 3


def test_values_that_may_pass_arrive_as_they_were(home: Settings, database: Database, tmp_path: Path) -> None:
    anonymise(home, write_feed(tmp_path / "feed"))
    (key,) = customer_keys(["c1"], database.secrets.key("pseudonym_key")).to_pylist()
    (customer,) = rows(database, f"select * from raw.customers where customer_key = '{key}'")
    assert (customer["region"], customer["birth_year"], str(customer["registered_at"])) == ("GB-SW", 1980, "2020-01-05")
    assert customer["extras"] == {"hobby": "chess with <PERSON>"}
    products = {row["product_id"]: row for row in rows(database, "select * from raw.products")}
    assert products["p1"]["countries"] == ["AT", "DE"]
    assert (products["p2"]["product_name"], products["p2"]["requires"]) == ('The "World" fund', ["p1", "p3"])
    first, second, third = rows(database, "select * from raw.transactions order by transaction_id")
    assert first["counterparty_key"] == second["counterparty_key"] is not None
    assert (first["merchant"], first["description"]) == ("GROCER", "RENT, <PERSON>/<PERSONAL>")
    assert second["description"] == "from <EMAIL_ADDRESS>, <STREET_ADDRESS>\n<IBAN_CODE>"
    assert third["description"] is None
    assert str(first["booked_at"]) == "2024-01-05 10:00:00+00:00"


def test_duplicates_are_linked_to_one_person(home: Settings, database: Database, tmp_path: Path) -> None:
    anonymise(home, write_feed(tmp_path / "feed"))
    (count,) = rows(database, "select count(*) as keys, count(distinct person_key) as persons from raw.customer_links")
    assert count == {"keys": 3, "persons": 2}


def test_landing_files_are_gone_and_a_second_call_changes_nothing(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    first = anonymise(home, write_feed(tmp_path / "feed"))
    before = everything_in_raw(database)
    assert landed_tables(home.home, "run-1") == []
    again = run_step("anonymise_feed", "run-1", home)
    assert again == first
    assert everything_in_raw(database) == before


def test_full_feed_replaces_what_was_there(home: Settings, database: Database, tmp_path: Path) -> None:
    anonymise(home, write_feed(tmp_path / "first"))
    second = write_feed(tmp_path / "second", holdings="customer_id,product_id\nc2,p2\n")
    (second / "transactions.csv").unlink()
    anonymise(home, second, "run-2")
    assert len(rows(database, "select * from raw.holdings")) == 1
    assert rows(database, "select * from raw.transactions") == []


def test_delta_adds_and_changes_rows_and_knows_the_customers_of_earlier_loads(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    # A name that only the first load can tell.
    customers = "customer_id,registered_at,full_name,hobby\nc1,2020-01-05,Xqwzt Qqpol,\nc2,2021-03-01,Grace Hopper,\n"
    anonymise(home, write_feed(tmp_path / "first", customers=customers))
    delta = write_feed(
        tmp_path / "delta",
        customers="customer_id,registered_at,full_name,hobby\nc4,2024-05-01,Alan Turing,\n",
        transactions=(
            "transaction_id,customer_id,booked_at,amount,description\n"
            "t3,c2,2024-01-07,4.00,changed\nt4,c4,2024-05-02,1.00,to xqwzt qqpol and Turing Alan\n"
            "t5,c2,2024-05-03,1.00,g hopper own account\nt6,c4,2024-05-03,1.00,g hopper own account\n"
        ),
    )
    (delta / "feed.toml").write_text('mode = "delta"\n' + FEED["feed.toml"])
    anonymise(home, delta, "run-2")
    found = rows(database, "select transaction_id, amount::text, description from raw.transactions order by 1")
    assert [row["transaction_id"] for row in found] == ["t1", "t2", "t3", "t4", "t5", "t6"]
    assert (found[2]["amount"], found[2]["description"]) == ("4.00", "changed")
    assert found[3]["description"] == "to <PERSON> and <PERSON>"
    # Small letters name nobody by themselves, but in her own row they can only be she.
    assert [row["description"] for row in found[4:]] == ["<PERSON> own account", "g hopper own account"]
    assert len(rows(database, "select * from raw.customer_links")) == 3


def test_customers_must_be_resolved_first(home: Settings, tmp_path: Path) -> None:
    land(home, write_feed(tmp_path / "feed"))
    with pytest.raises(RunError, match="resolve"):
        run_step("anonymise_feed", "run-1", home)


def test_step_that_fails_leaves_raw_and_landing_as_they_were(
    home: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anonymise(home, write_feed(tmp_path / "first"))
    before = everything_in_raw(database)
    land(home, write_feed(tmp_path / "second", holdings="customer_id,product_id\nc2,p2\n"), "run-2")
    run_step("resolve_customers", "run-2", home)
    with database.connect("admin") as connection:
        connection.execute("delete from identity.customers where customer_id = 'c1'")
    with pytest.raises(RunError, match="identity knows 2"):
        run_step("anonymise_feed", "run-2", home)
    assert everything_in_raw(database) == before
    assert landed_tables(home.home, "run-2") != []


def test_a_rejected_row_that_may_be_a_refusal_leaves_no_older_consent_standing_until_it_is_mended(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    customers = "customer_id,registered_at\n" + "".join(f"c{number},2020-01-05\n" for number in range(1, 7))
    consents = "customer_id,purpose,is_granted,recorded_at\n" + "".join(
        f"c{number},profiling,true,2024-01-01\n" for number in range(1, 7)
    )
    doubtful = (
        "c1,profiling,false,31.31.2024\nc2,prof,no,2024-02-01\nc3,profiling,perhaps,2024-02-01\n"
        # Clearly about something else, clearly an allowance, and once more what is known.
        "c4,marketing_email,false,31.31.2024\nc5,profiling,true,31.31.2024\nc6,profiling,true,2024-01-01\n"
    )
    lenient = home.model_copy(update={"max_bad_row_share": 1.0})
    anonymise(lenient, write_feed(tmp_path / "first", customers=customers, consents=consents + doubtful))
    key = database.secrets.key("pseudonym_key")
    in_doubt = "select customer_key::text from ops.consents_in_doubt order by 1"
    assert [row["customer_key"] for row in rows(database, in_doubt)] == sorted(
        customer_keys(["c1", "c2", "c3"], key).to_pylist()
    )
    mended = "c1,profiling,false,2024-03-01\nc2,profiling,no,2024-02-01\n"
    anonymise(lenient, write_feed(tmp_path / "second", customers=customers, consents=consents + mended), "run-2")
    assert rows(database, in_doubt) == []
