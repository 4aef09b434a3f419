from __future__ import annotations

import json
import zipfile
from pathlib import Path

import psycopg
import pytest

from recsys.errors import NotFoundError
from recsys.io.postgres import KEY_LOCK, Database
from recsys.io.privacy_requests import (
    carrying_out,
    extend_request,
    file_request,
    list_requests,
    read_open_requests,
    set_request,
)
from recsys.io.runs import run_of
from recsys.privacy.requests import RequestKind, RequestState
from recsys.settings import Settings
from recsys.steps.privacy_requests import carry_out
from recsys.steps.runner import run_step, start_run
from recsys.types import no_progress

from .small_feed import with_line, write_small_feed

INSIDE = ("ingest_feed", "resolve_customers", "anonymise_feed")


def take_in(settings: Settings, run_id: str, folder: Path) -> None:
    start_run(run_of(run_id, str(folder), None, 3, "never"), settings)
    for step in INSIDE:
        run_step(step, run_id, settings)


@pytest.fixture
def bank(home: Settings, database: Database, tmp_path: Path) -> Database:
    settings = home.model_copy(update={"max_bad_row_share": 0.9})
    changes = with_line("holdings.csv", "c1,gone,2024-01-01,,5") | with_line(
        "customers.csv", "?,2020-13-05,active,Ada Lovelace,ada@example.org,1980-12-10,ID-1,1"
    )
    take_in(settings, "run", write_small_feed(tmp_path / "feed", changes))
    return database


def file(database: Database, kind: RequestKind, customer_id: str = "c1") -> int:
    with database.connect("officer") as connection:
        return file_request(connection, database.secrets, kind, customer_id)


def carry_out_all(settings: Settings, database: Database) -> list[dict[str, object]]:
    with database.connect("officer") as connection:
        return [
            carry_out(settings, database, connection, request, no_progress)
            for request in read_open_requests(connection, database.secrets)
        ]


def test_a_request_is_due_in_a_month_and_may_be_extended_once(database: Database) -> None:
    number = file(database, RequestKind.ACCESS)
    with database.connect("officer") as connection:
        (row,) = list_requests(connection)
        assert 28 <= (row["due_at"] - row["received_at"]).days <= 31
        until = extend_request(connection, number, "several sources")
        assert 58 <= (until - row["due_at"]).days <= 62
        with pytest.raises(NotFoundError):
            extend_request(connection, number, "again")


def test_what_is_late_is_listed_as_overdue_until_it_is_done(database: Database) -> None:
    late, early = file(database, RequestKind.ACCESS), file(database, RequestKind.EXPORT)
    with database.connect("admin") as connection:
        connection.execute(
            "update ops.privacy_requests set due_at = now() - interval '1 day' where request_id = %s", [late]
        )
    with database.connect("officer") as connection:
        assert [row["request_id"] for row in list_requests(connection, only_overdue=True)] == [late]
        set_request(connection, late, RequestState.DONE)
        assert list_requests(connection, only_overdue=True) == []
        assert [row["request_id"] for row in list_requests(connection)] == [early, late]


def test_no_key_is_rotated_while_a_request_is_being_sealed(database: Database) -> None:
    with database.connect("officer") as filing, database.connect("officer") as rotating:
        file_request(filing, database.secrets, RequestKind.ACCESS, "c1")
        attempt = "select pg_try_advisory_lock(%s)"
        assert rotating.execute(attempt, [KEY_LOCK]).fetchone() == (False,)
        filing.commit()
        assert rotating.execute(attempt, [KEY_LOCK]).fetchone() == (False,), "it may still be carried out"


def test_nobody_sees_in_the_table_whose_request_it_is(database: Database) -> None:
    file(database, RequestKind.ACCESS, "customer-4711")
    with database.connect("admin") as connection:
        (row,) = connection.execute("select requests::text, subject from ops.privacy_requests as requests").fetchall()
    # Whole, as text and as bytes: four digits alone stand in sealed bytes by chance.
    assert "customer-4711" not in row[0]
    assert b"customer-4711".hex() not in row[0]
    assert b"customer-4711" not in row[1]


def test_a_request_that_is_over_has_forgotten_whose_it_was(database: Database) -> None:
    number = file(database, RequestKind.ACCESS)
    with database.connect("officer") as connection:
        with carrying_out(connection, number) as details:
            details["n"] = 1
        assert read_open_requests(connection, database.secrets) == []
        with pytest.raises(NotFoundError):
            set_request(connection, number, RequestState.RUNNING)
    with database.connect("admin") as connection:
        assert connection.execute("select state, subject, details from ops.privacy_requests").fetchall() == [
            ("done", None, {"n": 1})
        ]


def test_rows_of_a_person_are_read_for_a_running_request_only(database: Database) -> None:
    number = file(database, RequestKind.ACCESS)
    with pytest.raises(psycopg.errors.RaiseException), database.connect("officer") as connection:
        connection.execute("select * from ops.read_person_rows(%s, 'raw.customers', '{}')", [number])


@pytest.mark.parametrize(
    ("role", "query"),
    [
        ("engineer", "select * from ops.read_open_requests()"),
        ("ingest", "select ops.file_privacy_request('access', gen_random_uuid(), '', 'x', 'x')"),
        ("downstream", "select * from ops.read_person_rows(1, 'raw.customers', '{}')"),
        ("officer", "select subject from ops.privacy_requests"),
        ("officer", "select * from identity.customers"),
        ("officer", "select * from raw.customers"),
        ("officer", "delete from ops.privacy_requests"),
        ("officer", "select ops.condition_on('raw.customers', '{}')"),
    ],
)
def test_requests_are_the_officers_and_through_functions_only(database: Database, role: str, query: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.connect(role) as connection:
        connection.execute(query.encode())


def test_access_holds_the_person_and_what_was_rejected_of_them_opened(home: Settings, bank: Database) -> None:
    file(bank, RequestKind.ACCESS)
    (counts,) = carry_out_all(home, bank)
    (path,) = (home.home / "privacy").glob("access-*.json")
    assert path.stat().st_mode & 0o777 == 0o600
    package = json.loads(path.read_text())
    places = package["places"]
    assert package["contact_data"]["c1"]["full_name"] == "Ada Lovelace"
    assert {row["product_id"] for row in places["raw.holdings"]["rows"]} == {"p1", "p2"}
    rejected = [row["payload"] for row in places["quarantine.rows"]["rows"]]
    # One names her, the other has an id that nobody can read and her e-mail address.
    assert {row.get("product_id") or row["email"] for row in rejected} == {"gone", "ada@example.org"}
    assert "Hopper" not in path.read_text()
    assert counts["rows"] == {name: len(place["rows"]) for name, place in places.items()}


def test_the_page_of_an_access_package_reads_without_anything_from_elsewhere(home: Settings, bank: Database) -> None:
    file(bank, RequestKind.ACCESS)
    carry_out_all(home, bank)
    (path,) = (home.home / "privacy").glob("access-*.html")
    page = path.read_text()
    assert "Ada Lovelace" in page
    assert "GDPR art. 21" in page
    assert "http" not in page
    assert "<script" not in page


def test_export_holds_what_the_customer_provided_and_nothing_derived(home: Settings, bank: Database) -> None:
    file(bank, RequestKind.EXPORT)
    carry_out_all(home, bank)
    (path,) = (home.home / "privacy").glob("export-*.zip")
    with zipfile.ZipFile(path) as archive:
        assert {"contact_data.json", "contact_data.csv", "holdings.json", "holdings.csv"} <= set(archive.namelist())
        assert "customer_key" not in archive.read("holdings.csv").decode()
        (contact,) = json.loads(archive.read("contact_data.json"))
    assert (contact["customer_id"], contact["email"]) == ("c1", "ada@example.org")


def test_who_asks_about_somebody_unknown_is_refused(home: Settings, bank: Database) -> None:
    file(bank, RequestKind.ACCESS, "nobody")
    with pytest.raises(NotFoundError):
        carry_out_all(home, bank)
    with bank.connect("officer") as connection:
        assert [row["state"] for row in list_requests(connection)] == ["refused"]
    assert not (home.home / "privacy").exists()


@pytest.mark.parametrize("kind", [RequestKind.ACCESS, RequestKind.EXPORT, RequestKind.ERASE, RequestKind.OBJECT])
@pytest.mark.parametrize("customer_id", ["", "  "])
def test_rows_without_an_id_are_nobodys_to_ask_for(database: Database, kind: RequestKind, customer_id: str) -> None:
    with pytest.raises(NotFoundError):
        file(database, kind, customer_id)
    with database.connect("officer") as connection:
        assert list_requests(connection) == []


def test_the_step_carries_out_what_was_filed_and_what_was_cut_off(home: Settings, bank: Database) -> None:
    cut_off = file(bank, RequestKind.ACCESS)
    with bank.connect("officer") as connection:
        set_request(connection, cut_off, RequestState.RUNNING)
    file(bank, RequestKind.EXPORT, "c2")
    file(bank, RequestKind.ACCESS, "nobody")
    start_run(run_of("rights", "", None, 3, "never"), home, "privacy_requests")
    result = run_step("privacy_requests", "rights", home)
    assert (result.rows, result.details) == (2, {"done": 2, "refused": 1, "overdue": []})
    with bank.connect("officer") as connection:
        assert {row["state"] for row in list_requests(connection)} == {"done", "refused"}


def test_what_an_officer_looked_at_is_written_down_without_who_it_was(home: Settings, bank: Database) -> None:
    file(bank, RequestKind.ACCESS)
    carry_out_all(home, bank)
    with bank.connect("officer") as connection:
        rows = connection.execute(
            "select action, subject, audit_log::text from ops.audit_log where actor = 'officer'"
        ).fetchall()
    assert {"file_privacy_request", "customers_of_person", "read_person_rows", "open_sealed_rows"} <= {
        action for action, _, _ in rows
    }
    assert not [text for _, _, text in rows if "c1" in text or "Ada" in text]
