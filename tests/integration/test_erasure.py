from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.errors import NotFoundError
from recsys.io.postgres import Database
from recsys.io.privacy_requests import file_request, list_requests, read_open_requests, set_request
from recsys.io.replay_copy import replay_copy, settings_of_copy
from recsys.io.runs import run_of
from recsys.io.tombstones import append_tombstones, read_tombstones_file, tombstones_file, write_tombstones
from recsys.privacy.requests import RequestKind, RequestState, tombstone_hashes
from recsys.settings import Settings
from recsys.steps.privacy_requests import carry_out
from recsys.steps.reapply_erasures import reapply_erasures
from recsys.steps.runner import run_step, start_run
from recsys.types import no_progress

from .small_feed import TEXTS, write_small_feed

INSIDE = ("ingest_feed", "resolve_customers", "anonymise_feed")
# c1 and c9 are one person by their number; the erasure is of today, and the feed knows of later days.
FEED: dict[str, str | bytes | None] = {
    "customers.csv": TEXTS["customers.csv"]
    + "c9,2023-03-03,active,A. Lovelace,lovelace@example.org,1980-12-10,ID-1,\n"
    + "?,2020-13-05,active,Ada Lovelace,ada@example.org,1980-12-10,ID-1,1\n",
    "holdings.csv": TEXTS["holdings.csv"] + "c9,p1,2023-03-03,,10\nc1,gone,2024-01-01,,5\n",
    "consents.csv": "customer_id,purpose,is_granted,recorded_at\n"
    "c1,profiling,true,2020-01-05\nc2,profiling,true,2021-03-01\n",
    "feed.toml": 'name = "small"\nas_of = 2099-12-31\n',
}
RETURN: dict[str, str | bytes | None] = {
    **FEED,
    "customers.csv": str(FEED["customers.csv"])
    + "c1,2099-01-02,active,Ada King,king@example.org,1980-12-10,ID-1,60000\n",
    "holdings.csv": str(FEED["holdings.csv"]) + "c1,p2,2099-01-03,,7\n",
}


def take_in(settings: Settings, run_id: str, folder: Path) -> dict[str, Any]:
    settings = settings.model_copy(update={"max_bad_row_share": 0.9})
    start_run(run_of(run_id, str(folder), None, 3, "never"), settings)
    ingested, *_ = [run_step(step, run_id, settings) for step in INSIDE]
    return dict(ingested.details["tables"])  # type: ignore[arg-type]


def erase(settings: Settings, database: Database, customer_id: str) -> dict[str, Any]:
    with database.connect("officer") as connection:
        number = file_request(connection, database.secrets, RequestKind.ERASE, customer_id)
        (request,) = read_open_requests(connection, database.secrets, number)
        return carry_out(settings, database, connection, request, no_progress)


def rows(database: Database, query: str) -> list[Any]:
    with database.connect("admin") as connection:
        return [row[0] if len(row) == 1 else row for row in connection.execute(query.encode()).fetchall()]


def customers(database: Database) -> list[str]:
    return rows(database, "select customer_id from identity.customers order by 1")


@pytest.fixture
def bank(home: Settings, database: Database, tmp_path: Path) -> Database:
    take_in(home, "first", write_small_feed(tmp_path / "feed", FEED))
    return database


def test_all_customers_of_the_person_go_and_nobody_else(home: Settings, bank: Database) -> None:
    assert customers(bank) == ["c1", "c2", "c3", "c9"]
    erase(home, bank, "c9")
    assert customers(bank) == ["c2", "c3"]
    keys = rows(bank, "select customer_key from identity.customers order by 1")
    assert rows(bank, "select distinct customer_key from raw.customers order by 1") == keys
    assert set(rows(bank, "select customer_key from raw.holdings")) < set(keys)
    assert rows(bank, "select count(*) from quarantine.rows") == [0]
    assert rows(bank, "select count(*) from ops.suppressions") == [0]


def test_what_a_law_makes_the_bank_keep_is_sealed_until_a_day_that_the_receipt_names(
    home: Settings, bank: Database
) -> None:
    erase(home, bank, "c1")
    assert rows(bank, "select count(*) from raw.consents") == [1]
    (kept,) = rows(bank, "select place, n_rows, restricted_until - current_date, duty from identity.restricted_rows")
    assert kept[:3] == ("raw.consents", 1, 3 * 365)
    (contents,) = rows(bank, "select contents from ops.erasure_receipts")
    lines = {line["place"]: line for line in contents["places"]}
    assert (lines["raw.consents"]["restricted"], lines["raw.consents"]["why"]) == (1, kept[3])
    assert lines["identity.customers"]["erased"] == 2
    assert lines["quarantine.rows"]["erased"] == 2
    (page,) = (home.home / "privacy").glob("receipt-*.html")
    assert "raw.consents" in page.read_text()
    assert not {"c1", "Ada", "Lovelace"} & set(page.read_text().replace("<", " ").replace(">", " ").split())


def test_copy_for_a_replay_that_was_left_goes_too_and_the_receipt_counts_it(home: Settings, bank: Database) -> None:
    with replay_copy(home, keep=True, progress=no_progress):
        pass
    erase(home, bank, "c1")
    name = settings_of_copy(home).database_name
    assert name not in rows(bank, "select datname from pg_database")
    (contents,) = rows(bank, "select contents from ops.erasure_receipts")
    assert contents["files"] == {"copies for a replay": 1}
    actions = rows(bank, "select action, subject from ops.audit_log where action like 'replay%'")
    assert actions == [("replay_copied", name)]


def test_a_bank_may_restrict_what_would_be_erased(home: Settings, bank: Database) -> None:
    (home.home / "retention.toml").write_text(
        '[raw.holdings]\non_erasure = "restrict"\nrestrict_days = 3650\nduty = "HGB section 257"\n'
    )
    erase(home, bank, "c1")
    kept = rows(bank, "select place, n_rows, duty from identity.restricted_rows where place = 'raw.holdings'")
    assert kept == [("raw.holdings", 3, "HGB section 257")]
    assert rows(bank, "select count(*) from raw.holdings") == [1]


def test_the_same_feed_does_not_bring_the_person_back(home: Settings, bank: Database, tmp_path: Path) -> None:
    erase(home, bank, "c1")
    counts = take_in(home, "second", tmp_path / "feed")
    assert customers(bank) == ["c2", "c3"]
    assert counts["customers"]["erased"] == 2
    assert counts["holdings"]["erased"] == 4
    assert counts["consents"]["erased"] == 1
    # Only the row whose customer nobody can read is in quarantine: no orphan of somebody who was erased.
    assert rows(bank, "select table_name, column_name from quarantine.rows where load_id = 'second'") == [
        ("customers", "registered_at")
    ]


def test_a_new_registration_comes_in_with_what_came_after_it(home: Settings, bank: Database, tmp_path: Path) -> None:
    erase(home, bank, "c1")
    take_in(home, "second", write_small_feed(tmp_path / "return", RETURN))
    assert customers(bank) == ["c1", "c2", "c3"]
    held = """
        select product_id, opened_at::text from raw.holdings
        where customer_key = (select customer_key from identity.customers where customer_id = 'c1')
    """
    assert rows(bank, held) == [("p2", "2099-01-03")]
    assert rows(bank, "select count(*) from ops.tombstones where returned_on = '2099-01-02'") == [1]
    # And may be erased once more.
    erase(home, bank, "c1")
    assert customers(bank) == ["c2", "c3"]
    assert rows(bank, "select count(*) from ops.tombstones where returned_on is not null") == [0]


def test_who_came_back_is_known_to_a_delta_that_does_not_name_the_registration(
    home: Settings, bank: Database, tmp_path: Path
) -> None:
    erase(home, bank, "c1")
    take_in(home, "second", write_small_feed(tmp_path / "return", RETURN))
    delta = {
        "customers.csv": "customer_id,registered_at\nc2,2021-03-01\n",
        "holdings.csv": "customer_id,product_id,opened_at\nc1,p1,2099-02-01\nc1,p1,2022-02-01\n",
        "feed.toml": 'name = "small"\nas_of = 2099-12-31\nmode = "delta"\n',
    }
    counts = take_in(home, "third", write_small_feed(tmp_path / "delta", delta))
    assert (counts["holdings"]["kept"], counts["holdings"]["erased"]) == (1, 1)


def test_a_mistyped_day_of_registration_brings_nobody_back(home: Settings, bank: Database, tmp_path: Path) -> None:
    erase(home, bank, "c1")
    mistyped = {**RETURN, "customers.csv": str(RETURN["customers.csv"]).replace("2099-01-02", "2999-01-02")}
    counts = take_in(home, "second", write_small_feed(tmp_path / "mistyped", mistyped))
    assert customers(bank) == ["c2", "c3"]
    assert counts["holdings"]["erased"] == 5
    assert rows(bank, "select count(*) from ops.tombstones where returned_on is not null") == [0]
    assert rows(bank, "select count(*) from quarantine.rows where table_name = 'holdings'") == [0]


def test_a_rejected_row_that_is_repaired_does_not_bring_the_person_back(
    home: Settings, bank: Database, tmp_path: Path
) -> None:
    erase(home, bank, "c1")
    # A row of nobody known is repaired to be of who was erased, and one beside it is somebody new.
    bad = str(FEED["customers.csv"]) + "x1,2020-13-05,active,,,,,1\nx2,2020-13-05,active,,,,,1\n"
    take_in(home, "second", write_small_feed(tmp_path / "bad", {**FEED, "customers.csv": bad}))
    runner = CliRunner(env={"RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name})
    found = runner.invoke(app, ["quarantine", "list", "--table", "customers", "--json"], catch_exceptions=False)
    waiting = sorted(row["row_id"] for row in json.loads(found.stdout)["rows"])[-2:]
    for number, customer_id in zip(waiting, ("c1", "c7"), strict=True):
        fixed = [
            "quarantine",
            "fix",
            str(number),
            "--set",
            f"customer_id={customer_id}",
            "--set",
            "registered_at=2020-01-05",
        ]
        result = runner.invoke(app, fixed, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    delta: dict[str, str | bytes | None] = {
        "customers.csv": "customer_id,registered_at\nc2,2021-03-01\n",
        "feed.toml": 'name = "small"\nas_of = 2099-12-31\nmode = "delta"\n',
    }
    take_in(home, "third", write_small_feed(tmp_path / "delta", delta))
    assert customers(bank) == ["c2", "c3", "c7"]


def test_landing_files_of_a_load_that_is_under_way_go_and_it_begins_anew(
    home: Settings, bank: Database, tmp_path: Path
) -> None:
    start_run(run_of("under-way", str(tmp_path / "feed"), None, 3, "never"), home)
    run_step("ingest_feed", "under-way", home.model_copy(update={"max_bad_row_share": 0.9}))
    assert list((home.home / "landing").iterdir())
    erase(home, bank, "c1")
    assert not list((home.home / "landing").iterdir())
    (contents,) = rows(bank, "select contents from ops.erasure_receipts")
    assert contents["files"] == {"landing files of unfinished loads": 1}


def test_what_was_handed_out_goes_and_requests_that_wait_are_over(home: Settings, bank: Database) -> None:
    with bank.connect("officer") as connection:
        number = file_request(connection, bank.secrets, RequestKind.ACCESS, "c1")
        (request,) = read_open_requests(connection, bank.secrets, number)
        carry_out(home, bank, connection, request, no_progress)
        file_request(connection, bank.secrets, RequestKind.EXPORT, "c9")
    assert list((home.home / "privacy").glob("access-*"))
    erase(home, bank, "c1")
    assert not list((home.home / "privacy").glob("access-*"))
    with bank.connect("officer") as connection:
        assert {row["state"] for row in list_requests(connection)} == {"done", "refused"}
    assert rows(bank, "select count(*) from ops.privacy_requests where subject is not null") == [0]


def test_an_erasure_that_was_cut_off_is_carried_out_again_with_one_receipt(home: Settings, bank: Database) -> None:
    erase(home, bank, "c1")
    before = rows(bank, "select contents from ops.erasure_receipts")
    with bank.connect("admin") as connection:
        # As if it had been killed behind the commit of the tables: the request still knows whose it is.
        number = connection.execute("select max(request_id) from ops.privacy_requests").fetchone()[0]
    with bank.connect("officer") as connection:
        again = file_request(connection, bank.secrets, RequestKind.ERASE, "c1")
    with bank.connect("admin") as connection:
        connection.execute("delete from ops.privacy_requests where request_id = %s", [number])
        connection.execute("update ops.erasure_receipts set request_id = %s", [again])
    with bank.connect("officer") as connection:
        (request,) = read_open_requests(connection, bank.secrets, again)
        carry_out(home, bank, connection, request, no_progress)
    assert rows(bank, "select contents from ops.erasure_receipts") == before


def test_an_erasure_that_was_cut_off_behind_its_tombstone_is_completed(home: Settings, bank: Database) -> None:
    with bank.connect("officer") as connection:
        number = file_request(connection, bank.secrets, RequestKind.ERASE, "c1")
        (request,) = read_open_requests(connection, bank.secrets, number)
        set_request(connection, number, RequestState.RUNNING)
        hashes = tombstone_hashes(["c1", "c9"], bank.secrets.key("tombstone_key"))
        append_tombstones(home.home, hashes, date(2026, 11, 1))
        write_tombstones(connection, number, hashes, date(2026, 11, 1))
        connection.commit()
        assert customers(bank) == ["c1", "c2", "c3", "c9"]
        carry_out(home, bank, connection, request, no_progress)
    assert customers(bank) == ["c2", "c3"]
    assert rows(bank, "select count(*) from ops.tombstones") == [2]


def test_nothing_is_deleted_for_a_request_that_is_no_erasure(bank: Database) -> None:
    with bank.connect("officer") as connection:
        number = file_request(connection, bank.secrets, RequestKind.ACCESS, "c1")
        set_request(connection, number, RequestState.RUNNING)
        connection.commit()
        with pytest.raises(psycopg.errors.RaiseException, match="no erasure"):
            connection.execute("select ops.erase_person_rows(%s, 'raw.customers', '{}')", [number])


def test_a_restored_backup_does_not_bring_the_person_back(home: Settings, bank: Database, tmp_path: Path) -> None:
    names = rows(
        bank,
        """
        select table_schema, table_name from information_schema.tables
        where table_schema in ('identity', 'raw', 'quarantine') and table_type = 'BASE TABLE'
        """,
    )
    with bank.connect("admin") as connection:
        connection.execute("create schema backup")
        for schema, name in names:
            copied = sql.Identifier("backup", f"{schema}_{name}")
            connection.execute(
                sql.SQL("create table {} as select * from {}").format(copied, sql.Identifier(schema, name))
            )
    erase(home, bank, "c1")
    with bank.connect("admin") as connection:
        for schema, name in names:
            copied, target = sql.Identifier("backup", f"{schema}_{name}"), sql.Identifier(schema, name)
            connection.execute(sql.SQL("delete from {}").format(target))
            connection.execute(
                sql.SQL("insert into {} overriding system value select * from {}").format(target, copied)
            )
        connection.execute("drop schema backup cascade")
        connection.execute("delete from ops.tombstones; delete from ops.erasure_receipts")
    assert customers(bank) == ["c1", "c2", "c3", "c9"]
    assert len(reapply_erasures(home, bank)) == 1
    assert customers(bank) == ["c2", "c3"]
    assert rows(bank, "select count(*) from ops.tombstones") == [2]
    assert rows(bank, "select count(*) from ops.erasure_receipts") == [1]
    assert reapply_erasures(home, bank) == []
    take_in(home, "second", tmp_path / "feed")
    assert customers(bank) == ["c2", "c3"]


def test_who_is_not_known_is_refused_and_leaves_no_tombstone(home: Settings, bank: Database) -> None:
    with pytest.raises(NotFoundError):
        erase(home, bank, "nobody")
    assert not tombstones_file(home.home).exists()


def test_tombstones_of_the_file_survive_a_line_that_was_cut_off(tmp_path: Path) -> None:
    append_tombstones(tmp_path, ["a", "b"], date(2026, 1, 1))
    append_tombstones(tmp_path, ["a", "b"], date(2026, 1, 1))
    assert len(tombstones_file(tmp_path).read_text().splitlines()) == 2
    append_tombstones(tmp_path, ["a"], date(2026, 2, 1))
    with tombstones_file(tmp_path).open("a") as file:
        file.write('{"tombst')
    assert read_tombstones_file(tmp_path) == {"a": date(2026, 2, 1), "b": date(2026, 1, 1)}
    assert tombstones_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert json.loads(tombstones_file(tmp_path).read_text().splitlines()[0]) == {
        "tombstone": "a",
        "erased_on": "2026-01-01",
    }
