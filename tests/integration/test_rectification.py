"""A wrong value of a customer, from the command over the feeds that still bring it to the one that does not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.errors import ContractError, NotFoundError
from recsys.io.identity import read_contacts
from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.ingestion.intake import today
from recsys.steps.person_decisions import consents_of, decide_rectification, rectifications_of
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

from .small_feed import TEXTS, write_small_feed
from .test_ingest_sources import FILES, Bank

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


def contacts(database: Database) -> dict[str, dict[str, str]]:
    with database.connect("ingest") as connection:
        batches = list(read_contacts(connection, database.secrets.key("contact_key")))
    return {customer_id: contact for batch in batches for customer_id, contact in batch}


def of_raw(database: Database, column: str) -> list[Any]:
    with database.connect("ingest") as connection:
        query = sql.SQL("select {} from raw.customers order by registered_at").format(sql.Identifier(column))
        return [row[0] for row in connection.execute(query)]


def test_contact_data_and_a_birth_date_are_corrected_at_once_over_loads_and_released(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    wrong = write_small_feed(tmp_path / "wrong")
    load(home, wrong, "run-1")
    others = {key: value for key, value in contacts(database).items() if key != "c1"}
    corrections = ("full_name=KING, ADA", "email=ada@KING.example", "birth_date=1981-12-10")
    done = rectify(database, "c1", *(f"customers.{text}" for text in corrections))
    assert done["columns"] == ["full_name", "email", "birth_date"]
    right = {"full_name": "Ada King", "email": "ada@king.example", "birth_date": "1981-12-10"}

    def are_right() -> bool:
        found = contacts(database)
        ada = found.pop("c1")
        assert found == others
        assert (ada["national_id"], ada["registered_at"]) == ("ID-1", "2020-01-05")
        return {name: ada[name] for name in right} == right and of_raw(database, "birth_year") == [1981, 1975, 1990]

    assert are_right()
    load(home, wrong, "run-2")
    assert are_right()
    # Of a value that was corrected twice it is still the first that the source delivers.
    rectify(database, "c1", "customers.email=ada@lovelace.example")
    right["email"] = "ada@lovelace.example"
    assert are_right()
    load(home, wrong, "run-3")
    assert are_right()
    text = TEXTS["customers.csv"].replace("ada@example.org", "countess@example.org").replace("1980-12-10", "1979-01-01")
    load(home, write_small_feed(tmp_path / "new", {"customers.csv": text}), "run-4")
    ada = contacts(database)["c1"]
    assert (ada["full_name"], ada["email"], ada["birth_date"]) == ("Ada King", "countess@example.org", "1979-01-01")
    assert of_raw(database, "birth_year") == [1979, 1975, 1990]
    states = {(row["column_name"], row["state"]) for row in rectifications_of(database, "c1")}
    assert states == {
        ("full_name", "active"),
        ("email", "replaced"),
        ("email", "released"),
        ("birth_date", "released"),
    }


def test_a_postcode_a_telephone_number_and_a_country_are_read_and_coarsened_by_the_country(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    customers = "customer_id,registered_at,full_name,postcode,country,phone\nc1,2020-01-05,Ada Lovelace,10115,DE,\n"
    holdings = "customer_id,product_id,opened_at\nc1,p1,2020-01-05\n"
    feed = write_small_feed(tmp_path / "feed", {"customers.csv": customers, "holdings.csv": holdings})
    load(home, feed, "run-1")
    assert of_raw(database, "region") == ["DE-10"]
    rectify(database, "c1", "customers.postcode=80331", "customers.phone=030 901820")
    ada = contacts(database)["c1"]
    assert (ada["postcode"], ada["phone"], of_raw(database, "region")) == ("80331", "+4930901820", ["DE-80"])
    rectify(database, "c1", "customers.country=AT")
    assert of_raw(database, "country") == ["AT"]
    (region,) = of_raw(database, "region")
    assert region.startswith("AT-")
    load(home, feed, "run-2")
    assert (of_raw(database, "country"), of_raw(database, "region")) == (["AT"], [region])
    ada = contacts(database)["c1"]
    assert (ada["postcode"], ada["phone"]) == ("80331", "+4930901820")


def test_a_value_that_was_corrected_is_still_taken_out_of_texts_that_use_it(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    header = "transaction_id,customer_id,booked_at,amount,currency,description\n"
    texts = header + "t1,c2,2024-01-05,-10.00,EUR,order xq7-zt3-plk fine\n"
    customers = TEXTS["customers.csv"].replace("ID-1", "xq7-zt3-plk")
    feed = write_small_feed(tmp_path / "feed", {"transactions.csv": texts, "customers.csv": customers})
    load(home, feed, "run-1")
    rectify(database, "c1", "customers.national_id=ID-1")
    load(home, feed, "run-2")
    with database.connect("ingest") as connection:
        rows = connection.execute("select description from raw.transactions").fetchall()
    assert rows
    assert not [row for row in rows if "zt3" in row[0]]


def test_what_several_sources_say_is_corrected_once_it_is_put_together(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    bank = Bank(home, database, tmp_path / "sources")
    bank.run()
    assert bank.contacts()["c1"] == "9"
    rectify(database, "c1", "customers.full_name=Ada King", "customers.phone=+43 1 5880110")
    # A source without names says something new of the customer, and the other its own again.
    bank.put(
        **{
            "crm.jsonl": FILES["crm.jsonl"].replace(
                '"phone": "9", "segment": "mass"', '"phone": "9", "segment": "gold"'
            )
        }
    )
    bank.put(**{"customers-2.csv": "no,full_name,phone,birth_date,changed_on,op\nc1,Ada,1,1981-01-01,2,U\n"})
    bank.run()
    ada = contacts(database)["c1"]
    assert (ada["full_name"], ada["phone"], ada["birth_date"]) == ("Ada King", "+4315880110", "1981-01-01")
    assert {row["state"] for row in rectifications_of(database, "c1")} == {"active"}
    bank.put(**{"crm.jsonl": FILES["crm.jsonl"].replace('"phone": "9"', '"phone": "+43 1 5880199"')})
    bank.run()
    ada = contacts(database)["c1"]
    assert (ada["full_name"], ada["phone"]) == ("Ada King", "+4315880199")
    states = {row["column_name"]: row["state"] for row in rectifications_of(database, "c1")}
    assert states == {"full_name": "active", "phone": "released"}


def test_a_value_that_is_not_said_is_asked_for(home: Settings, database: Database, tmp_path: Path) -> None:
    load(home, write_small_feed(tmp_path / "feed"), "run-1")
    command = ["privacy", "rectify", "c1", "--set", "customers.email", "--why", "letter"]
    environment = {"RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name}
    result = CliRunner(env=environment).invoke(app, command, input="ada@king.example\n")
    assert result.exit_code == 0, result.output
    assert contacts(database)["c1"]["email"] == "ada@king.example"
    assert "email: corrected in 1 rows" in result.output


def test_neither_value_nor_reason_is_readable_without_the_key(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    load(home, write_small_feed(tmp_path / "feed"), "run-1")
    rectify(database, "c1", "customers.annual_income=58123", "customers.email=king@example.net")
    with database.connect("admin") as connection:
        written = [
            str(row)
            for table in ("identity.rectifications", "ops.audit_log", "ops.privacy_requests", "ops.suppressions")
            for row in connection.execute(f"select * from {table}".encode())
        ]
    assert written
    assert not [text for text in written if "58123" in text or "payslip" in text or "king@" in text]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("customers.annual_income=-5", "annual_income breaks the feed contract"),
        ("customers.annual_income=much", "annual_income breaks the feed contract"),
        ("customers.status=gone", "status breaks the feed contract"),
        ("customers.occupation=nurse", "no value that can be corrected here"),
        ("customers.birth_date=tomorrow", "birth_date breaks the feed contract"),
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
