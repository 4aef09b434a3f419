"""`recsys keys` on a small bank with a publication, a duplicate that people split, and rows in quarantine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from recsys.io.advisor_decisions import decide, read_decisions, revoke
from recsys.io.identity import read_contacts
from recsys.io.partitions import ELIMINATIONS, FACTS, ROWS
from recsys.io.postgres import keep_keys
from recsys.io.quarantine import content_hashes, customer_hashes, unsealed_row
from recsys.io.secrets import read_secrets
from recsys.privacy.keys import customer_keys, pseudonyms
from recsys.settings import PROJECT, Settings
from recsys.steps.runner import run_step

from .published_bank import BAD, MONEY, PEOPLE, STEPS, PublishedBank

ROTATE = """
import sys
from pathlib import Path
from recsys.io.key_rotation import rotate_keys
from recsys.io.postgres import open_database
from recsys.settings import Settings
settings = Settings(home=Path(sys.argv[1]), database_name=sys.argv[2])
rotate_keys(open_database(settings), settings.home, ["pseudonym_key", "contact_key", "quarantine_key"], print)
"""
PSEUDONYMS = {"customer_key", "person_key", "customer_key_l", "customer_key_r", "advisor_key", "counterparty_key"}
# Columns that look as if they came of a key, and come of none that is rotated.
OTHERS = {
    "ops.privacy_requests.subject_hash": "of the tombstone key",
    "ops.tombstones.tombstone_hash": "of the tombstone key",
    "ops.erasure_receipts.subject_hash": "of the tombstone key",
    "identity.restricted_rows.tombstone_hash": "of the tombstone key",
    "identity.rectifications.disputed_hash": "of the tombstone key",
    "identity.answer_inbox.payload": "of the landing key",
    "identity.question_inbox.payload": "of the landing key",
    "ops.feedback.request_hash": "of the landing key",
    "ops.feedback.body_hash": "of the landing key",
    "identity.key_changes.old_value": "empty",
    "identity.key_changes.new_value": "empty",
    "identity.resealed_values.sealed": "empty",
    "identity.new_customers.customer_key": "empty",
    "identity.new_customers.person_key": "empty",
    "identity.new_customers.contact": "empty",
    "identity.new_links.customer_key": "empty",
    "identity.new_links.person_key": "empty",
    "identity.new_source_rows.key_hash": "empty",
    "identity.new_source_rows.content_hash": "empty",
    "identity.new_source_rows.payload": "empty",
    "identity.delivered_source_rows.key_hash": "of one transaction only",
}


@pytest.fixture
def bank(home: Settings, tmp_path: Path) -> PublishedBank:
    bank = PublishedBank(home, tmp_path)
    bank.take_in(customers=PEOPLE + BAD, transactions=MONEY)
    bank.answer("duplicates", "split", "c1", "c4")
    bank.publish()
    return bank


def pseudonymised(bank: PublishedBank) -> dict[str, set[str]]:
    """All values of every column that a rotation renews, by column."""
    found = defaultdict(set)
    with bank.database.connect("admin") as connection:
        columns = connection.execute(
            "select table_name, column_name from ops.keyed_columns where form <> 'sealed' and form <> 'words'"
        ).fetchall()
        for table, column in columns:
            query = psycopg.sql.SQL("select distinct {}::text from {}").format(
                psycopg.sql.Identifier(column), psycopg.sql.Identifier(*table.split("."))
            )
            for (value,) in connection.execute(query):
                if value is not None:
                    found[f"{table}.{column}"].add(value)
    return dict(found)


def joined(bank: PublishedBank) -> list[tuple[Any, ...]]:
    """What hangs together only by pseudonyms."""
    return bank.rows(
        """
        select
            customers.customer_id, persons.customer_id, stays.registered_at::text, holdings.product_id,
            bookings.transaction_id, decisions.decision,
            array(
                select others.registered_at::text from raw.customers as others
                where others.advisor_key = stays.advisor_key order by 1
            ),
            count(*) over (partition by bookings.counterparty_key),
            count(*) over (partition by stays.extras ->> 'loyalty')
        from identity.customers
        inner join identity.customers as persons on persons.customer_key = customers.person_key
        inner join raw.customer_links as links
            on links.customer_key = customers.customer_key and links.person_key = customers.person_key
        inner join raw.customers as stays on stays.customer_key = customers.customer_key
        left join raw.holdings on holdings.customer_key = customers.customer_key
        left join raw.transactions as bookings on bookings.customer_key = customers.customer_key
        left join identity.match_decisions as decisions
            on customers.customer_key in (decisions.customer_key_l, decisions.customer_key_r)
        order by 1, 4, 5
        """
    )


def in_force(bank: PublishedBank) -> dict[str, int]:
    return {row["key_name"]: row["version"] for row in bank.answer("keys", "list") if row["is_in_force"]}


def test_every_column_that_may_come_of_a_key_is_declared(bank: PublishedBank) -> None:
    candidates = bank.rows(
        """
        select format('%s.%s.%s', table_schema, table_name, column_name), udt_name
        from information_schema.columns
        inner join information_schema.tables using (table_schema, table_name)
        where udt_name in ('uuid', 'bytea') and table_type = 'BASE TABLE'
            and table_schema not in ('pg_catalog', 'information_schema')
        """
    )
    declared = bank.rows("select format('%s.%s', table_name, column_name), form from ops.keyed_columns")
    parents = {f"serving.{table}.person_key" for table in (ROWS, ELIMINATIONS, FACTS)}
    assert {name for name, _ in candidates} - {name for name, _ in declared} <= OTHERS.keys() | parents
    assert parents < {name for name, _ in candidates}
    kinds = dict(candidates)
    wanted = {"pseudonym": "uuid", "pair": "uuid", "other of pair": "uuid", "hash": "bytea", "sealed": "bytea"}
    assert {name: kinds[name] for name, form in declared if form in wanted} == {
        name: wanted[form] for name, form in declared if form in wanted
    }


def test_rotation_renews_everything_and_unlinks_nothing(bank: PublishedBank) -> None:
    served, links, before = bank.served(), joined(bank), pseudonymised(bank)
    assert {customer for customer, *_ in served} == {"c1", "c2", "c3", "c4"}
    assert links
    told = bank.answer("keys", "rotate")
    assert {one["key_name"]: one["version"] for one in told} == {
        "pseudonym_key": 2,
        "contact_key": 2,
        "quarantine_key": 2,
    }
    assert bank.served() == served
    assert joined(bank) == links
    after = pseudonymised(bank)
    assert after.keys() == before.keys()
    renewed = before.keys() - {"ops.deletions.row_key"}
    for name in renewed:
        assert len(after[name]) == len(before[name]), name
        assert not (after[name] & before[name]) - {"{}"}, name
    assert {name.rsplit(".", 1)[1] for name in renewed} >= PSEUDONYMS
    assert bank.rows("select count(*) from identity.key_changes") == [(0,)]
    assert bank.rows("select count(*) from identity.resealed_values") == [(0,)]
    assert "rotate_key" in {row[0] for row in bank.rows("select action from ops.audit_log where actor = 'officer'")}


def test_sealed_values_open_and_the_old_key_opens_and_finds_nothing(bank: PublishedBank) -> None:
    old = read_secrets(bank.home.home)
    bank.answer("keys", "rotate")
    secrets = bank.database.secrets
    with bank.database.connect("admin") as connection:
        contacts = [one for batch in read_contacts(connection, secrets.key("contact_key")) for one in batch]
        assert {customer_id for customer_id, _ in contacts} == {"c1", "c2", "c3", "c4"}
        with pytest.raises(Exception, match="does not open"):
            list(read_contacts(connection, old.version("contact_key", 1)))
    [(payload, whose, content)] = bank.rows("select payload, customer_hash, content_hash from quarantine.rows")
    row = unsealed_row(payload, secrets.key("quarantine_key"))
    assert row["full_name"] == "Max Mustermann"
    with pytest.raises(Exception, match="does not open"):
        unsealed_row(payload, old.version("quarantine_key", 1))
    assert [whose] == customer_hashes(["c9"], secrets.key("quarantine_key"))
    assert [content] == content_hashes("customers", [row], secrets.key("quarantine_key"))
    known = {key for values in pseudonymised(bank).values() for key in values}
    assert customer_keys(["c1"], secrets.key("pseudonym_key"))[0].as_py() in known
    fresh = secrets.values["pseudonym_key_v2"]
    for key in (old.version("pseudonym_key", 1), bytes.fromhex(fresh)):
        alone = [customer_keys(["c1"], key), pseudonyms(["DE02120300000000202051"], key, "counterparty_key")]
        assert not known & {text for keys in alone for text in keys.to_pylist()}
    assert bank.answer("quarantine", "list")["counts"]


def test_delta_after_two_rotations_updates_the_same_customers(bank: PublishedBank) -> None:
    bank.answer("keys", "rotate", "pseudonym")
    bank.answer("keys", "rotate")
    assert in_force(bank)["pseudonym_key"] == 3
    people = "\n".join([PEOPLE.splitlines()[0], *(line + "" for line in PEOPLE.splitlines()[1:3])]) + "\n"
    money = MONEY.splitlines()[0] + "\nt-new,c1,2024-02-01,5.00,DE02120300000000202051\n"
    bank.take_in(is_delta=True, customers=people, transactions=money, holdings="customer_id,product_id\n")
    assert bank.rows("select count(*), count(distinct customer_key) from raw.customers") == [(4, 4)]
    assert bank.rows("select count(distinct counterparty_key), count(*) from raw.transactions") == [(1, 3)]
    assert bank.rows("select count(distinct advisor_key) from raw.customers") == [(2,)]
    assert bank.rows("select count(distinct extras ->> 'loyalty') from raw.customers") == [(2,)]
    assert {customer for customer, *_ in bank.served()} == {"c1", "c2", "c3", "c4"}
    persons = bank.rows(
        "select customer_id, person_key = customer_key from identity.customers where customer_id in ('c1', 'c4')"
    )
    assert persons == [("c1", True), ("c4", True)] or sorted(persons) == [("c1", True), ("c4", True)]


def test_ids_that_look_like_pseudonyms_stay_and_deleted_rows_stay_deleted(bank: PublishedBank) -> None:
    [key] = customer_keys(["c7"], bank.database.secrets.key("pseudonym_key")).to_pylist()
    transaction = "4e1c7a52-9f0b-4f53-8e0c-111111111111"
    bank.rows(
        """
        insert into ops.deletions (table_name, row_key, row_version, run_id)
        values ('customers', %s, '1', 'run-1'), ('holdings', %s, '1', 'run-1'), ('transactions', %s, '1', 'run-1')
        returning 1
        """,
        key,
        f"{key}\x1fp1\x1f2020-01-01",
        transaction,
    )
    bank.answer("keys", "rotate", "pseudonym")
    [renewed] = customer_keys(["c7"], bank.database.secrets.key("pseudonym_key")).to_pylist()
    assert renewed != key
    assert {row[0] for row in bank.rows("select row_key from ops.deletions")} == {
        renewed,
        f"{renewed}\x1fp1\x1f2020-01-01",
        transaction,
    }
    assert len(bank.rows("select 1 from raw.transactions where transaction_id = %s", transaction)) == 1


def test_audit_log_goes_on_naming_the_same_customers(bank: PublishedBank) -> None:
    query = """
        select count(*) from ops.audit_log
        cross join identity.match_decisions
        where action = 'split_customers'
            and subject in (
                customer_key_l::text || ' ' || customer_key_r::text, customer_key_r::text || ' ' || customer_key_l::text
            )
    """
    assert bank.rows(query) == [(1,)]
    bank.answer("keys", "rotate", "pseudonym")
    assert bank.rows(query) == [(1,)]


def test_objection_holds_across_a_rotation_and_can_be_taken_back(bank: PublishedBank) -> None:
    bank.answer("privacy", "restrict", "c2")
    without = bank.served()
    assert {customer for customer, *_ in without} == {"c1", "c3", "c4"}
    bank.answer("keys", "rotate")
    assert bank.served() == without
    bank.answer("privacy", "restrict", "c2", "--lift")
    assert {customer for customer, *_ in bank.served()} == {"c1", "c2", "c3", "c4"}


def test_what_an_advisor_took_off_stays_off_across_a_rotation_and_can_be_taken_back(bank: PublishedBank) -> None:
    before = bank.served()
    with bank.database.connect("api") as connection:
        until = datetime.now(UTC).date()
        arguments: dict[str, Any] = {"kind": "taken_off", "product_id": "p1", "reason": "life_event", "until": until}
        assert decide(connection, bank.database.secrets, "c2", "anna", **arguments) is None
    without = bank.served()
    assert {row[0] for row in set(before) - set(without)} == {"c2"}
    bank.answer("keys", "rotate")
    assert bank.served() == without
    with bank.database.connect("api") as connection:
        (decision,) = read_decisions(connection, "c2")
        assert revoke(connection, bank.database.secrets, "c2", "anna", decision.decision_id)
    assert bank.served() == before


def test_rotation_waits_for_whoever_decides_about_a_customer(bank: PublishedBank) -> None:
    with bank.database.connect("officer") as deciding, bank.database.connect("officer") as rotating:
        keep_keys(deciding)
        rotating.execute("set lock_timeout = '1ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            rotating.execute("select identity.begin_key_work('pseudonym_key')")


def test_rotation_between_the_steps_of_a_run_changes_nothing_of_it(bank: PublishedBank) -> None:
    links = joined(bank)
    for place in range(1, len(STEPS)):
        run_id = bank.begin(customers=PEOPLE + BAD, transactions=MONEY)
        for step in STEPS[:place]:
            run_step(step, run_id, bank.home)
        bank.answer("keys", "rotate")
        for step in STEPS[place:]:
            run_step(step, run_id, bank.home)
        assert joined(bank) == links
        assert len(bank.answer("quarantine", "list")["rows"]) == 1


def test_killed_before_the_commit_nothing_has_changed_and_again_it_completes(bank: PublishedBank) -> None:
    before, served, links = pseudonymised(bank), bank.served(), joined(bank)
    with bank.database.connect("admin") as gate, bank.database.connect("admin", autocommit=True) as watch:
        # The rotation's last statement waits here, with everything renewed.
        gate.execute("lock table ops.key_versions in exclusive mode")
        arguments = [sys.executable, "-c", ROTATE, str(bank.home.home), bank.home.database_name]
        environment = os.environ | {"PYTHONPATH": str(PROJECT / "src")}
        rotation = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL)
        blocked = "select 1 from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
        while watch.execute(blocked, [gate.info.backend_pid]).fetchone() is None:
            assert rotation.poll() is None, "the rotation ended before it came to its last statement"
        assert bank.served() == served
        os.kill(rotation.pid, signal.SIGKILL)
        assert rotation.wait() == -signal.SIGKILL
        gate.rollback()
        gone = "select 1 from pg_stat_activity where datname = current_database() and usename = 'officer'"
        while watch.execute(gone).fetchone():
            pass
    assert pseudonymised(bank) == before
    assert in_force(bank)["pseudonym_key"] == 1
    waiting = read_secrets(bank.home.home).values["pseudonym_key_v2"]
    bank.answer("keys", "rotate")
    assert read_secrets(bank.home.home).values["pseudonym_key_v2"] == waiting
    assert in_force(bank) | {"landing_key": 1, "tombstone_key": 1} == {
        "pseudonym_key": 2,
        "contact_key": 2,
        "quarantine_key": 2,
        "landing_key": 1,
        "tombstone_key": 1,
    }
    assert bank.served() == served
    assert joined(bank) == links


def test_rotation_waits_for_no_step_that_is_writing(bank: PublishedBank) -> None:
    with bank.database.connect("ingest") as connection:
        connection.execute("select pg_advisory_lock(%s)", [0x7265637379])
        result = bank.recsys("keys", "rotate")
    assert result.exit_code == 1
    assert "Another step is writing" in result.stderr
