from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.integration.small_feed import TEXTS, with_line, write_small_feed

from recsys.errors import PrivacyError, RunError, SettingsError
from recsys.io.landing import delete_landing, landed_tables, read_landing
from recsys.io.postgres import Database
from recsys.io.quarantine import PURPOSE, customer_hashes
from recsys.io.sealing import unseal
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run, StepResult


def ingest(home: Settings, feed: Path, **wishes: object) -> StepResult:
    run = replace(Run("run-1", str(feed), None, 5, "auto"), **wishes)
    home = home.model_copy(update={"max_bad_row_share": 0.5})
    start_run(run, home)
    return run_step("ingest_feed", run.run_id, home)


def landed(home: Settings, database: Database, table: str, run_id: str = "run-1") -> pa.Table:
    return pa.Table.from_batches(read_landing(home.home, run_id, table, database.secrets.key("landing_key")))


def test_good_rows_land_with_the_types_of_the_contract(home: Settings, database: Database, tmp_path: Path) -> None:
    result = ingest(home, write_small_feed(tmp_path / "feed"))
    assert result.rows == 3 + 2 + 3
    customers = landed(home, database, "customers")
    assert customers["full_name"].to_pylist() == ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
    assert customers.schema.field("annual_income").type == pa.decimal128(18, 2)
    assert customers["valid_from"].null_count == 3
    assert landed(home, database, "products")["countries"].to_pylist() == [["AT", "DE"], None]


def test_load_is_registered_with_its_counts(home: Settings, database: Database, tmp_path: Path) -> None:
    ingest(home, write_small_feed(tmp_path / "feed", with_line("holdings.csv", "c1,nothing,2024-01-01,,")))
    with database.connect("engineer") as connection:
        row = connection.execute("select as_of, name, state, table_counts from ops.feeds").fetchone()
    assert row is not None
    assert row[:3] == (date(2024, 12, 31), "small", "landed")
    assert row[3]["holdings"] == {
        "read": 4,
        "kept": 3,
        "quarantined": 1,
        "rules": {"unknown_reference": 1},
        "standardised": {},
    }


def test_rejected_row_can_be_read_with_the_key_only(home: Settings, database: Database, tmp_path: Path) -> None:
    ingest(home, write_small_feed(tmp_path / "feed", with_line("holdings.csv", "c1,secret-product,2024-01-01,,")))
    with database.connect("ingest") as connection:
        row = connection.execute("select line, column_name, customer_hash, payload from quarantine.rows").fetchone()
    assert row is not None
    line, column, customer_hash, payload = row
    key = database.secrets.key("quarantine_key")
    assert (line, column) == (5, "product_id")
    assert b"secret-product" not in payload
    assert json.loads(unseal(payload, key, PURPOSE))["product_id"] == "secret-product"
    assert [customer_hash] == customer_hashes(["c1"], key)
    with pytest.raises(SettingsError, match="does not open"):
        unseal(payload, bytes(32), PURPOSE)


def test_engineer_sees_the_reason_but_never_the_payload(home: Settings, database: Database, tmp_path: Path) -> None:
    import psycopg

    ingest(home, write_small_feed(tmp_path / "feed", with_line("holdings.csv", "c9,p1,2024-01-01,,")))
    with database.connect("engineer") as connection:
        rows = connection.execute(
            "select table_name, line, column_name, rule from quarantine.list_rows('run-1')"
        ).fetchall()
        assert rows == [("holdings", 5, "customer_id", "unknown_reference")]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select payload from quarantine.rows")


def test_ingesting_twice_keeps_rows_once(home: Settings, database: Database, tmp_path: Path) -> None:
    feed = write_small_feed(tmp_path / "feed", with_line("holdings.csv", "c9,p1,2024-01-01,,"))
    first, second = ingest(home, feed), ingest(home, feed)
    assert first == second
    assert landed(home, database, "holdings").num_rows == 3
    with database.connect("ingest") as connection:
        assert connection.execute("select count(*) from quarantine.rows").fetchone() == (1,)
        assert connection.execute("select count(*) from ops.feeds").fetchone() == (1,)


def test_landing_files_hide_what_they_hold_and_can_be_deleted(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    ingest(home, write_small_feed(tmp_path / "feed"))
    assert landed_tables(home.home, "run-1") == ["customers", "holdings", "products"]
    for path in (home.home / "landing").rglob("*.parquet"):
        assert b"Lovelace" not in path.read_bytes()
        assert b"full_name" not in path.read_bytes()
    with pytest.raises(SettingsError, match="landing"):
        list(read_landing(home.home, "run-1", "customers", bytes(32)))
    delete_landing(home.home, "run-1")
    with pytest.raises(RunError, match="gone"):
        list(read_landing(home.home, "run-1", "customers", database.secrets.key("landing_key")))


def test_landing_files_that_cannot_be_deleted_are_an_error_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    # Deleting through a link is refused, for root too.
    (tmp_path / "landing" / "run-1").symlink_to(tmp_path)
    with pytest.raises(PrivacyError, match=r"landing/run-1 cannot be deleted"):
        delete_landing(tmp_path, "run-1")
    delete_landing(tmp_path, "run-2")


def test_next_run_deletes_what_runs_that_were_given_up_left(home: Settings, database: Database, tmp_path: Path) -> None:
    feed = write_small_feed(tmp_path / "feed")
    ingest(home, feed)
    ingest(home, feed, run_id="run-2")
    assert [folder.name for folder in (home.home / "landing").iterdir()] == ["run-2"]


def test_last_date_of_the_feed_is_its_as_of_where_none_is_given(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    result = ingest(home, write_small_feed(tmp_path / "feed", {"feed.toml": None}))
    assert result.details["as_of"] == "2024-01-01"
    result = ingest(home, tmp_path / "feed", as_of=date(2023, 5, 1))
    assert result.details["as_of"] == "2023-05-01"


def test_extra_columns_land_as_declared(home: Settings, database: Database, tmp_path: Path) -> None:
    changes = {
        "products.csv": TEXTS["products.csv"].replace("countries", "points").replace("AT|DE", "7").replace("4,", "4,x"),
        "feed.toml": '[columns.products]\npoints = {type = "integer", class = "keep", purpose = "feature"}\n',
    }
    result = ingest(home, write_small_feed(tmp_path / "feed", changes))
    assert landed(home, database, "products")["points"].to_pylist() == [7]
    assert result.details["tables"]["products"]["rules"] == {"type": 1}


def test_delta_may_refer_to_what_earlier_loads_brought(home: Settings, database: Database, tmp_path: Path) -> None:
    with database.connect("admin") as connection:
        connection.execute(
            "insert into identity.customers (customer_key, customer_id, person_key, match_rule, load_id) "
            "select key, 'old', key, 'self', 'x' from gen_random_uuid() as key"
        )
        connection.execute("insert into raw.customers (customer_key) select customer_key from identity.customers")
        connection.execute(
            "insert into identity.customers (customer_key, customer_id, person_key, match_rule, load_id) "
            "select key, 'never in raw', key, 'self', 'x' from gen_random_uuid() as key"
        )
        connection.execute("insert into raw.products (product_id, product_name, category) values ('p0', 'P', 'card')")
    changes = {
        "customers.csv": "customer_id\n",
        "products.csv": "product_id,product_name,category\n",
        "holdings.csv": "customer_id,product_id,opened_at\nold,p0,2020-01-01\nold,p0,\nnew,p0,\nnever in raw,p0,\n",
        "feed.toml": 'mode = "delta"\n',
    }
    ingest(home, write_small_feed(tmp_path / "feed", changes))
    assert landed(home, database, "holdings")["customer_id"].to_pylist() == ["old", "old"]


def test_same_files_have_the_same_fingerprint_and_a_changed_byte_another(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    first = ingest(home, write_small_feed(tmp_path / "one")).details["fingerprint"]
    assert ingest(home, write_small_feed(tmp_path / "two")).details["fingerprint"] == first
    changed = with_line("holdings.csv", "c3,p1,2024-01-01,,")
    assert ingest(home, write_small_feed(tmp_path / "three", changed)).details["fingerprint"] != first
