from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.integration.raw_bank import AS_OF, A, write_bank, write_rows

from recsys.errors import RunError
from recsys.io.postgres import Database, writer_lock
from recsys.io.retention import delete_past
from recsys.privacy.places import PLACES
from recsys.privacy.retention import LEAST_DAYS, PUBLICATION, dated_places
from recsys.settings import Settings
from recsys.steps.retention import retention

PERIOD = timedelta(days=3 * 365)


@pytest.fixture
def bank(database: Database) -> Database:
    """A bank whose data ends in the past, with two bookings that are older than their period by then."""
    write_bank(database)
    with database.connect("ingest") as connection:
        for name, day in (("older", AS_OF - PERIOD - timedelta(days=1)), ("old", AS_OF - PERIOD)):
            write_rows(
                connection,
                "transactions",
                {"transaction_id": name, "customer_key": A, "booked_at": f"{day}T12:00:00Z", "amount": -1},
            )
    return database


def enforced(settings: Settings, *, is_dry_run: bool = False) -> dict[str, tuple[int, int]]:
    done = retention(settings, "retention-1", is_dry_run=is_dry_run)
    return {age.name: (age.n_past, n_deleted) for age, n_deleted in done}


def bookings(database: Database) -> set[str]:
    with database.connect("ingest") as connection:
        return {row[0] for row in connection.execute("select transaction_id from raw.transactions").fetchall()}


def test_rows_past_their_period_go_and_no_others(home: Settings, bank: Database) -> None:
    before = bookings(bank)
    assert enforced(home)["raw.transactions"] == (1, 1)
    assert before - bookings(bank) == {"older"}


def test_dry_run_says_what_would_go_and_changes_nothing(home: Settings, bank: Database) -> None:
    before = bookings(bank)
    assert enforced(home, is_dry_run=True)["raw.transactions"] == (1, 0)
    assert bookings(bank) == before


def test_run_again_nothing_is_left_to_do(home: Settings, bank: Database) -> None:
    enforced(home)
    assert {counts for counts in enforced(home).values() if any(counts)} == set()


def test_period_of_the_bank_counts(home: Settings, bank: Database) -> None:
    (home.home / "retention.toml").write_text("[raw.transactions]\nkeep_days = 1096\n")
    with pytest.raises(Exception, match="longer than the 1095 days"):
        enforced(home)
    (home.home / "retention.toml").write_text('[raw.transactions]\nkeep_days = 1096\nduty = "Tax code"\n')
    assert enforced(home)["raw.transactions"] == (0, 0)
    assert "older" in bookings(bank)


def test_what_went_is_noted_and_audited_with_counts(home: Settings, bank: Database) -> None:
    enforced(home)
    with bank.connect("officer") as connection:
        noted = connection.execute("select run_id, place, keep_days, n_deleted from ops.retention_runs").fetchall()
        audited = connection.execute(
            "select actor, subject, details ->> 'n_deleted' from ops.audit_log where action = 'delete_past_retention'"
        ).fetchall()
    assert noted == [("retention-1", "raw.transactions", 1095, 1)]
    assert audited == [("officer", "raw.transactions", "1")]


def test_batches_add_up(bank: Database) -> None:
    places = {place.name: place for place in PLACES}
    with bank.connect("officer", autocommit=True) as connection:
        connection.execute("set timezone = 'Asia/Tokyo'")
        deleted = [delete_past(connection, "run", places["raw.transactions"], max_rows=1) for _ in range(2)]
        noted = connection.execute("select n_deleted from ops.retention_runs").fetchall()
        audits = connection.execute("select count(*) from ops.audit_log where action like 'delete%'").fetchone()
    assert deleted == [1, 0]
    assert (noted, audits) == ([(1,)], (1,))


def test_originals_are_as_old_as_their_run(home: Settings, bank: Database) -> None:
    with bank.connect("ingest") as connection:
        connection.execute(
            """
            insert into ops.runs (run_id, feed, top_n, train, started_at)
            values ('long ago', 'feed', 5, 'auto', now() - interval '91 days')
            """
        )
        for run_id in ("long ago", "run"):
            connection.execute(
                "insert into identity.originals (run_id, table_name, row_hash, payload) values (%s, 't', '', '')",
                [run_id],
            )
    assert enforced(home)["identity.originals"] == (1, 1)


def test_restricted_rows_go_after_the_day_that_each_names(home: Settings, bank: Database) -> None:
    with bank.connect("admin") as connection:
        for age in (0, 1, 2):
            connection.execute(
                """
                insert into identity.restricted_rows (
                    tombstone_hash, request_id, place, n_rows, restricted_until, duty, payload
                ) values (gen_random_uuid(), 1, 'raw.consents', 1, current_date - %s::integer, 'a law', '')
                """,
                [age],
            )
    assert enforced(home)["identity.restricted_rows"] == (1, 1)


def test_rejected_consents_stay_until_something_became_of_them(home: Settings, bank: Database) -> None:
    with bank.connect("ingest") as connection:
        run_id = connection.execute("select run_id from ops.current_run").fetchone()
        assert run_id is not None
        for table, content in (("consents", "open"), ("consents", "dropped"), ("holdings", "open")):
            connection.execute(
                """
                insert into quarantine.rows (
                    load_id, table_name, line, rule, reason, payload, content_hash, quarantined_at
                )
                values (%s, %s, 1, 'rule', 'reason', '', %s, now() - interval '99 days')
                """,
                [run_id[0], table, content.encode()],
            )
        connection.execute(
            """
            insert into quarantine.decisions (table_name, content_hash, state, decided_by)
            values ('consents', 'dropped', 'dropped', 'somebody')
            """
        )
    assert enforced(home)["quarantine.rows"] == (2, 2)
    with bank.connect("ingest") as connection:
        kept = connection.execute("select table_name, content_hash from quarantine.rows").fetchall()
    assert kept == [("consents", b"open")]


def test_old_files_go_with_their_empty_folders(home: Settings, bank: Database) -> None:
    old, new = (home.home / "reports" / run_id / "data_quality.html" for run_id in ("old", "new"))
    for path, days in ((old, 91), (new, 89)):
        path.parent.mkdir(parents=True)
        path.touch()
        moment = datetime.now(UTC).timestamp() - days * 86_400
        os.utime(path, (moment, moment))
    assert enforced(home)["files.reports"] == (1, 1)
    assert (old.parent.exists(), new.exists()) == (False, True)


def test_nothing_goes_while_a_step_writes(home: Settings, bank: Database) -> None:
    with bank.connect("ingest") as writer, writer_lock(writer), pytest.raises(RunError):
        enforced(home)
    assert "older" in bookings(bank)


def test_a_wrong_date_in_the_future_makes_nothing_old(home: Settings, bank: Database) -> None:
    with bank.connect("ingest") as connection:
        connection.execute("update ops.feeds set as_of = '2999-01-01'")
        write_rows(
            connection,
            "transactions",
            {"transaction_id": "fresh", "customer_key": A, "booked_at": datetime.now(UTC), "amount": -1},
        )
    enforced(home)
    assert "fresh" in bookings(bank)


@pytest.mark.parametrize("role", ["ingest", "transform", "publisher", "engineer", "downstream"])
def test_only_the_officer_deletes_by_age(database: Database, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.connect(role) as connection:
        connection.execute("select ops.delete_past_retention('run', 'raw.transactions', 1095, 10)")


@pytest.mark.parametrize(
    ("place", "days", "message"),
    [
        ("raw.customers", 1095, "no place whose rows go by age"),
        ("raw.transactions", 1, "at least 665 days"),
        ("ops.audit_log", 1, "at least 1095 days"),
    ],
)
def test_database_refuses_what_no_policy_may_ask_for(database: Database, place: str, days: int, message: str) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match=message), database.connect("officer") as connection:
        connection.execute("select ops.delete_past_retention('run', %s, %s, 10)", [place, days])


def test_database_knows_every_dated_place_with_its_column_and_least_days(database: Database) -> None:
    with database.connect("officer") as connection:
        known = {
            place: (dated_by, days)
            for place, dated_by, days in connection.execute(
                "select place, dated_by, least_days from ops.dated_places"
            ).fetchall()
        }
    dated = {place.name: place.dated_by for place in dated_places(PLACES) if place.dated_by != PUBLICATION}
    assert {name: dated_by for name, (dated_by, _) in known.items()} == dated
    assert {name: days for name, (_, days) in known.items() if name in LEAST_DAYS} == {
        name: days for name, (days, _) in LEAST_DAYS.items()
    }
