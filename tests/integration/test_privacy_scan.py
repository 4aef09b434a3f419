"""Personal data that was planted where none belongs is found, whatever it was planted in; without it nothing is."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from recsys.errors import PrivacyError
from recsys.io.identity import PURPOSE
from recsys.io.postgres import Database
from recsys.io.sealing import seal
from recsys.settings import Settings
from recsys.steps.installation_scan import refuse_findings, scan_installation
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

ADA = {"full_name": "Ada Lovelace", "email": "ada@example.org", "phone": "+44 20 7946 0958", "country": "GB"}
LEAK = "transfer to LOVELACE, Ada"


@pytest.fixture
def bank(home: Settings, database: Database) -> Iterator[Database]:
    """An installation with one customer, a clean table, a clean log and tables of Airflow's own."""
    with database.connect("admin") as connection:
        connection.execute(
            """
            insert into identity.customers (customer_key, customer_id, person_key, match_rule, contact, load_id)
            values (md5('c1')::uuid, 'customer-0001', md5('c1')::uuid, 'self', %s, 'run')
            """,
            [seal(json.dumps(ADA).encode(), database.secrets.key("contact_key"), PURPOSE)],
        )
        connection.execute("create table staging.stg_feed__notes (customer_key uuid, note text)")
        connection.execute("insert into staging.stg_feed__notes values (md5('c1')::uuid, 'transfer to <PERSON>')")
    write(home.home / "logs" / "service.log", "2026-11-24 22:57:13 started, 10677 rows in 0.25 s\n")
    airflow = airflow_of(database)
    with airflow.connect("airflow") as connection:
        connection.execute("create table xcom (key text, value jsonb)")
        connection.execute("""insert into xcom values ('return_value', '{"rows": 16382}')""")
    yield database
    with airflow.connect("airflow") as connection:
        connection.execute("drop table xcom")


def airflow_of(database: Database) -> Database:
    return replace(database, name="airflow")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def findings(settings: Settings, sample_rows: int | None = None) -> set[tuple[str, str, str]]:
    result = scan_installation(settings, "scan", sample_rows)
    return {(finding.place, finding.kind, finding.certainty) for finding in result.findings}


def test_clean_installation_has_no_findings(home: Settings, bank: Database) -> None:
    result = scan_installation(home, "scan", None)
    assert (result.findings, result.n_customers) == ((), 1)


@pytest.mark.parametrize("sample_rows", [None, 10])
def test_name_in_a_table_is_found(home: Settings, bank: Database, sample_rows: int | None) -> None:
    with bank.connect("admin") as connection:
        connection.execute("insert into staging.stg_feed__notes (note) values (%s)", [LEAK])
    assert findings(home, sample_rows) == {("staging.stg_feed__notes", "PERSON", "known")}


def test_name_in_a_partition_is_found_under_the_name_of_its_table(home: Settings, bank: Database) -> None:
    with bank.connect("admin") as connection:
        connection.execute("create table serving.recommendation_rows_p7 (like serving.recommendation_rows)")
        connection.execute(
            "insert into serving.recommendation_rows_p7 values (7, md5('c1')::uuid, 1, %s, 0, '{}')",
            [f"{LEAK}; customer-0001"],
        )
    assert findings(home) == {
        ("serving.recommendation_rows", "PERSON", "known"),
        ("serving.recommendation_rows", "CUSTOMER_ID", "known"),
    }


def test_name_in_what_tasks_tell_each_other_in_airflow_is_found(home: Settings, bank: Database) -> None:
    with airflow_of(bank).connect("airflow") as connection:
        connection.execute("insert into xcom values ('return_value', %s)", [json.dumps({"note": [LEAK]})])
    assert findings(home) == {("airflow:public.xcom", "PERSON", "known")}


def test_name_in_a_log_a_page_a_file_name_and_an_artifact_is_found(home: Settings, bank: Database) -> None:
    write(home.home / "airflow" / "logs" / "task.log", f"2026-11-24 ok\n2026-11-24 {LEAK}\n")
    write(home.home / "data_docs" / "run" / "index.html", "<li>020 7946 0958</li>")
    write(home.home / "reports" / "Ada Lovelace.html", "<p>nothing</p>")
    artifacts = home.home / "mlruns" / "model" / "arrays.npz"
    artifacts.parent.mkdir(parents=True)
    with zipfile.ZipFile(artifacts, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("names.npy", b"\x93NUMPY\x01\x00" + LEAK.encode())
    assert findings(home) == {
        ("files:airflow/logs/task.log", "PERSON", "known"),
        ("files:data_docs/run/index.html", "PHONE_NUMBER", "known"),
        ("files:reports", "PERSON", "known"),
        ("files:mlruns/model/arrays.npz", "PERSON", "known"),
    }


def test_feed_secrets_and_what_was_handed_to_a_customer_are_not_looked_through(home: Settings, bank: Database) -> None:
    for name in ("feeds/demo/customers.csv", "privacy/access-1.json", "sources.toml"):
        write(home.home / name, LEAK)
    assert findings(home) == set()


def test_feed_and_sources_elsewhere_in_the_home_are_not_looked_through(home: Settings, bank: Database) -> None:
    for folder in ("incoming", "deliveries", "once", "elsewhere"):
        write(home.home / folder / "customers.csv", LEAK)
    manifest = '[feed]\nname = "bank"\ncurrency = "EUR"\n[sources.core]\nkind = "files"\n'
    table = '[sources.core.tables.customers]\norigin = "*.csv"\n'
    write(home.home / "sources.toml", f'{manifest}location = "{home.home}/deliveries"\n{table}')
    settings = home.model_copy(update={"feed": str(home.home / "incoming")})
    result = scan_installation(settings, "scan", None, feed=str(home.home / "once"))
    assert {finding.place for finding in result.findings} == {"files:elsewhere/customers.csv"}


def test_home_that_is_its_own_feed_is_looked_through_all_the_same(home: Settings, bank: Database) -> None:
    write(home.home / "logs" / "task.log", LEAK)
    settings = home.model_copy(update={"feed": str(home.home)})
    assert findings(settings) == {("files:logs/task.log", "PERSON", "known")}


def test_runs_sample_different_pages(home: Settings, bank: Database) -> None:
    with bank.connect("admin") as connection:
        connection.execute(
            "insert into staging.stg_feed__notes (note) select repeat('x', 500) from generate_series(1, 20000)"
        )
        connection.execute("insert into staging.stg_feed__notes (note) values (%s)", [LEAK])
        connection.execute("analyze staging.stg_feed__notes")
    found = [len(scan_installation(home, f"scan-{day}", 2_500).findings) for day in range(12)]
    assert set(found) == {0, 1}


def test_row_that_is_not_sealed_inside_the_boundary_is_found(home: Settings, bank: Database) -> None:
    with bank.connect("ingest") as connection:
        connection.execute(
            """
            insert into quarantine.rows (load_id, table_name, line, column_name, rule, reason, payload)
            values ('first', 'customers', 7, 'birth_date', 'type', 'expected a date', '{"customer_id": "c9"}')
            """
        )
    assert findings(home) == {("quarantine.rows", "UNSEALED", "unsealed")}


def test_what_was_found_is_kept_without_the_value_and_the_look_is_audited(home: Settings, bank: Database) -> None:
    with bank.connect("admin") as connection:
        connection.execute("insert into staging.stg_feed__notes (note) values (%s), (%s)", [LEAK, LEAK])
    scan_installation(home, "scan", None)
    with bank.connect("officer") as connection:
        kept = connection.execute("select * from ops.privacy_findings").fetchall()
        audited = connection.execute("select action from ops.audit_log order by audit_id").fetchall()
        scans = connection.execute("select run_id, n_customers, n_findings from ops.privacy_scans").fetchall()
    assert [row[:-1] for row in kept] == [("scan", "staging.stg_feed__notes", "note", "PERSON", "known", 2)]
    assert scans == [("scan", 1, 1)]
    assert audited[0] == ("privacy_scan",)
    assert set(audited[1:]) == {("contacts_for_scan",), ("open_scan",)}


def test_step_fails_with_place_and_kind_and_never_the_value(home: Settings, bank: Database) -> None:
    start_run(Run("run-1", "feed", None, 5, "never"), home)
    assert run_step("scan_privacy", "run-1", home).details["customers"] == 1
    with bank.connect("admin") as connection:
        connection.execute("insert into staging.stg_feed__notes (note) values (%s)", [LEAK])
    with pytest.raises(PrivacyError, match=r"PERSON in staging\.stg_feed__notes, note \(1 texts\)") as caught:
        run_step("scan_privacy", "run-1", home)
    assert "ovelace" not in str(caught.value).lower()


def test_no_findings_are_no_reason_to_stop() -> None:
    refuse_findings(())


@pytest.mark.parametrize("role", ["ingest", "transform", "training", "publisher", "engineer", "downstream"])
@pytest.mark.parametrize(
    "call",
    [
        "select identity.contacts_for_scan('c')",
        "select ops.open_scan('c', 'raw', 'customers', '{status}', 100, 0)",
    ],
)
def test_only_the_officer_looks_through_everything(database: Database, role: str, call: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.connect(role) as connection:
        connection.execute(call.encode())


@pytest.mark.parametrize("columns", ["{customer_id,customer_key}", "{customer_id}", "{customer_key}", "{nothing}"])
def test_ids_and_keys_of_customers_cannot_be_read_by_way_of_a_scan(bank: Database, columns: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), bank.connect("officer") as connection:
        connection.execute("select ops.open_scan('c', 'identity', 'customers', %s, 100, 0)", [columns])


def test_table_that_is_looked_through_is_audited_with_its_columns(bank: Database) -> None:
    with bank.connect("officer") as connection:
        connection.execute("select ops.open_scan('c', 'identity', 'customers', '{contact}', 100, 0)")
        audited = connection.execute("select actor, action, subject, details from ops.audit_log").fetchall()
    assert audited == [("officer", "open_scan", "identity.customers", {"columns": ["contact"]})]


def test_employee_who_decides_on_models_may_be_a_customer_and_a_reason_may_name_none(
    home: Settings, bank: Database
) -> None:
    card = home.artifact_root / "1" / "run" / "artifacts" / "model_card.html"
    write(card, "<td>Approved by</td><td>Ada Lovelace</td>\n")
    with bank.connect("admin") as connection:
        connection.execute("insert into ops.runs (run_id, feed, top_n, train) values ('run-1', 'test', 5, 'auto')")
        connection.execute(
            """
            insert into ops.model_decisions (
                kind, model_version, recipe_kind, live_version, live_kind, run_id, training_run_id, data_date, why,
                decided_by
            ) values ('approved', 1, 'ease', 1, 'ease', 'run-1', 'training-1', now(), 'It is sound.', 'Ada Lovelace')
            """
        )
    assert findings(home) == set()
    write(home.home / "logs" / "approved.log", "approved by Ada Lovelace\n")
    write(card, f"<td>{LEAK}</td>\n")
    with bank.connect("admin") as connection:
        connection.execute(
            """
            insert into ops.model_decisions (
                kind, model_version, recipe_kind, live_version, live_kind, run_id, training_run_id, data_date, why,
                decided_by
            ) values ('rejected', 2, 'ease', 1, 'ease', 'run-1', 'training-2', now(), %s, 'Grace Hopper')
            """,
            [LEAK],
        )
    places = {(place.rpartition("/")[2], kind) for place, kind, _ in findings(home)}
    assert places == {("model_card.html", "PERSON"), ("approved.log", "PERSON"), ("ops.model_decisions", "PERSON")}
