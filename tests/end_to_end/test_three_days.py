"""Three days of four real systems, with a `kill -9` in every step of each, end as one clean load of the last day."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from tests.copied_home import copied_home
from tests.installation import RECSYS
from tests.sources.world import DAYS, END_STATE, World, world

from recsys.feed.columns import Privacy
from recsys.feed.contract import CUSTOMERS, TABLES
from recsys.io.identity import read_contacts
from recsys.io.postgres import Database, open_database
from recsys.io.quarantine import PURPOSE
from recsys.io.sealing import unseal
from recsys.settings import Settings
from recsys.steps.registry import find_step

pytestmark = pytest.mark.slow
STEPS = ("ingest_feed", "resolve_customers", "anonymise_feed", "check_raw", "cluster_values", "build_marts")
# These write in one transaction, and are killed while it is open; the others as soon as they run.
IN_TRANSACTION = ("ingest_feed", "resolve_customers", "anonymise_feed")
MARTS = ("dim_customers", "dim_products", "fct_holdings", "fct_transactions", "fct_interactions")


@dataclass
class Bank:
    """A home with a database of its own, worked on by processes."""

    settings: Settings
    environment: dict[str, str]

    @property
    def database(self) -> Database:
        return open_database(self.settings)

    @property
    def sources(self) -> Path:
        return self.settings.home / "sources.toml"

    def start(self, step: str, run_id: str) -> subprocess.Popen[str]:
        command = [str(RECSYS), "--home", str(self.settings.home), step, "--run-id", run_id]
        if step == "ingest_feed":
            command += ["--feed", str(self.sources)]
        environment = {**os.environ, **self.environment, "RECSYS_DATABASE_NAME": self.settings.database_name}
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def complete(self, step: str, run_id: str) -> None:
        process = self.start(step, run_id)
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0, f"{step} of {run_id}:\n{output}"

    def kill(self, step: str, run_id: str) -> None:
        """Start a step and kill it in the middle of its work."""
        process = self.start(step, run_id)
        with self.database.connect("admin", autocommit=True) as connection:
            while not self._is_in_the_middle(connection, step, run_id):
                assert process.poll() is None, f"{step} of {run_id} ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL

    def _is_in_the_middle(self, connection: Any, step: str, run_id: str) -> bool:
        running = "select 1 from ops.step_runs where run_id = %s and step = %s and state = 'running'"
        if connection.execute(running, [run_id, step]).fetchone() is None:
            return False
        if step not in IN_TRANSACTION:
            return True
        writing = """
            select 1 from pg_stat_activity inner join pg_locks using (pid)
            where datname = current_database() and usename = %s and mode = 'RowExclusiveLock' and granted
        """
        return connection.execute(writing, [find_step(step).role]).fetchone() is not None

    def rows(self, query: sql.Composable, role: str = "admin") -> list[tuple[Any, ...]]:
        with self.database.connect(role) as connection:
            return connection.execute(query).fetchall()

    def tables(self) -> dict[str, list[Any]]:
        """Everything that a load leaves behind for readers: raw, links, identities, open quarantine, marts."""
        found: dict[str, list[Any]] = {}
        names = [("raw", table.name) for table in TABLES] + [("raw", "customer_links")]
        for schema, name in [*names, *(("marts", mart) for mart in MARTS)]:
            query = sql.SQL("select rows::text from {} as rows order by 1").format(sql.Identifier(schema, name))
            found[f"{schema}.{name}"] = [row[0] for row in self.rows(query)]
        found["identities"] = self.rows(
            sql.SQL("select customer_id, person_key::text, match_rule from identity.customers order by 1")
        )
        found["contacts"] = sorted(self.contacts().items())
        found["open quarantine"] = self.open_rows()
        return found

    def contacts(self) -> dict[str, dict[str, str]]:
        with self.database.connect("ingest") as connection:
            key = self.database.secrets.key("contact_key")
            return {customer: contact for batch in read_contacts(connection, key) for customer, contact in batch}

    def open_rows(self) -> list[tuple[str, ...]]:
        key = self.database.secrets.key("quarantine_key")
        rows = self.rows(
            sql.SQL("select table_name, rule, payload from quarantine.current_rows where state = 'open'"), "ingest"
        )
        return sorted(
            (table, rule, json.dumps(json.loads(unseal(payload, key, PURPOSE)))) for table, rule, payload in rows
        )


@contextmanager
def bank(server: Settings, folder: Path, systems: World) -> Iterator[Bank]:
    with copied_home(server, folder) as settings:
        one = Bank(settings, systems.environment)
        one.sources.write_text(systems.sources_toml)
        yield one


def run_day(day: Bank, run_id: str, run: Callable[[str, str], None]) -> None:
    for step in STEPS:
        run(step, run_id)


def test_three_days_with_a_kill_in_every_step_end_as_one_clean_load(server: Settings, tmp_path: Path) -> None:
    with (
        world(server, tmp_path, f"registrations_{uuid.uuid4().hex[:8]}") as systems,
        bank(server, tmp_path / "killed", systems) as killed,
        bank(server, tmp_path / "clean", systems) as clean,
    ):

        def kill_and_complete(step: str, run_id: str) -> None:
            killed.kill(step, run_id)
            killed.complete(step, run_id)

        for day in DAYS:
            systems.apply(day)
            run_day(killed, f"day-{day}", kill_and_complete)
        run_day(clean, "all-at-once", clean.complete)
        assert killed.tables() == clean.tables()
        check_end_state(clean)


def check_end_state(one: Bank) -> None:
    """What the systems themselves say is true."""
    contacts = one.contacts()
    assert sorted(contacts) == [row["customer_id"] for row in END_STATE["customers"]]
    sealed = {column.name for column in CUSTOMERS.columns if column.privacy is Privacy.ENCRYPT}
    for row in END_STATE["customers"]:
        assert {name: contacts[row["customer_id"]].get(name) for name in row if name in sealed} == {
            name: value for name, value in row.items() if name in sealed
        }
    amounts = dict(one.rows(sql.SQL("select transaction_id, amount::text from raw.transactions")))
    assert amounts == {row["transaction_id"]: row["amount"] for row in END_STATE["transactions"]}
    for name in ("products", "holdings", "surveys", "consents"):
        ((n_rows,),) = one.rows(sql.SQL("select count(*) from {}").format(sql.Identifier("raw", name)))
        assert n_rows == len(END_STATE[name]), name
