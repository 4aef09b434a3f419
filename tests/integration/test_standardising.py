from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.integration.small_feed import write_small_feed
from tests.integration.test_ingest_feed import ingest, landed

from recsys.errors import ContractError
from recsys.io.originals import PURPOSE
from recsys.io.postgres import Database
from recsys.io.quarantine import PURPOSE as QUARANTINE
from recsys.io.quarantine import customer_hashes
from recsys.io.sealing import unseal
from recsys.settings import Settings

DIRTY: dict[str, str | bytes | None] = {
    "customers.csv": (
        "customer_id,registered_at,status,full_name,email,phone,postcode,city,country,birth_date,iban,occupation\n"
        'c1,05.01.2020,active,"LOVELACE, ADA",mailto:ada@example.org,0049 151-23456789,d-10115,BERLIN,Deutschland,'
        "10.12.1980,de89 3704 0044 0532 0130 00,sales  person\n"
        "c2,2021-03-01,active,Grace Hopper,grace@example.org,+4930123456,10115,Berlin,DE,"
        "1975-12-09,DE89 3704 0044 0532 0130 00,nurse\n"
        "c3,2022-07-19,closed,ALAN TURING,alan@example.org,,,,GBR,06/07/1990,,\n"
    ),
    "holdings.csv": "customer_id,product_id\nc1,p1\n",
}


def originals(database: Database) -> list[tuple[str, str, bytes, dict[str, Any]]]:
    with database.connect("admin") as connection:
        rows = connection.execute(
            "select run_id, table_name, customer_hash, payload from identity.originals order by run_id, customer_hash"
        ).fetchall()
    key = database.secrets.key("contact_key")
    return [(run, table, customer, json.loads(unseal(sealed, key, PURPOSE))) for run, table, customer, sealed in rows]


def test_values_land_at_their_standards_and_are_counted(home: Settings, database: Database, tmp_path: Path) -> None:
    result = ingest(home, write_small_feed(tmp_path / "feed", DIRTY))
    ada = landed(home, database, "customers").to_pylist()[0]
    assert (
        ada
        | {
            "registered_at": date(2020, 1, 5),
            "full_name": "Ada Lovelace",
            "email": "ada@example.org",
            "phone": "+4915123456789",
            "postcode": "10115",
            "city": "Berlin",
            "country": "DE",
            "birth_date": date(1980, 12, 10),
            "iban": "DE89370400440532013000",
            "occupation": "sales person",
        }
        == ada
    )
    changed = ("registered_at", "full_name", "email", "phone", "postcode", "city", "country", "birth_date")
    counts = {**dict.fromkeys(changed, 1), "iban": 2, "occupation": 1}
    assert result.details["tables"]["customers"]["standardised"] == counts
    assert result.details["tables"]["products"]["standardised"] == {}


def test_originals_of_personal_values_are_sealed_and_whitespace_is_no_original(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    ingest(home, write_small_feed(tmp_path / "feed", DIRTY))
    [hash_of_ada] = customer_hashes(["c1"], database.secrets.key("quarantine_key"))
    assert originals(database) == [
        (
            "run-1",
            "customers",
            hash_of_ada,
            {
                "full_name": "LOVELACE, ADA",
                "email": "mailto:ada@example.org",
                "phone": "0049 151-23456789",
                "postcode": "d-10115",
                "city": "BERLIN",
                "birth_date": "10.12.1980",
                "iban": "de89 3704 0044 0532 0130 00",
            },
        )
    ]
    with database.connect("admin") as connection:
        payload, row_hash = connection.execute("select payload, row_hash from identity.originals").fetchone() or (
            "",
            "",
        )
    assert b"LOVELACE" not in payload
    assert len(row_hash) == 16


def test_rejected_row_is_kept_as_it_came(home: Settings, database: Database, tmp_path: Path) -> None:
    ingest(home, write_small_feed(tmp_path / "feed", DIRTY))
    with database.connect("ingest") as connection:
        rows = connection.execute("select line, column_name, rule, payload from quarantine.rows").fetchall()
    [(line, column, rule, payload)] = rows
    assert (line, column, rule) == (4, "birth_date", "type")
    row = json.loads(unseal(payload, database.secrets.key("quarantine_key"), QUARANTINE))
    assert (row["full_name"], row["country"], row["birth_date"]) == ("ALAN TURING", "GBR", "06/07/1990")


def test_originals_are_there_once_however_often_a_run_ingests(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    feed = write_small_feed(tmp_path / "feed", DIRTY)
    ingest(home, feed)
    first = originals(database)
    ingest(home, feed)
    assert originals(database) == first


def test_full_feed_forgets_the_originals_of_earlier_runs_and_a_delta_keeps_them(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    ingest(home, write_small_feed(tmp_path / "full", DIRTY))
    ingest(home, write_small_feed(tmp_path / "delta", {**DIRTY, "feed.toml": 'mode = "delta"\n'}), run_id="run-2")
    assert [row[0] for row in originals(database)] == ["run-1", "run-2"]
    ingest(home, write_small_feed(tmp_path / "full", DIRTY), run_id="run-3")
    assert [row[0] for row in originals(database)] == ["run-3"]


def test_feed_that_is_refused_leaves_no_originals(home: Settings, database: Database, tmp_path: Path) -> None:
    refused = {**DIRTY, "holdings.csv": "customer_id,product_id\nc9,p1\n"}
    with pytest.raises(ContractError):
        ingest(home, write_small_feed(tmp_path / "refused", refused))
    assert originals(database) == []
    delta = {**DIRTY, "feed.toml": 'mode = "delta"\n'}
    ingest(home, write_small_feed(tmp_path / "feed", delta), run_id="run-2")
    assert [row[0] for row in originals(database)] == ["run-2"]
