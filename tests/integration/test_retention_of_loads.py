"""What is older than its period does not come back with the next feed, and what is known of the forgotten goes."""

from __future__ import annotations

from pathlib import Path

from tests.integration.small_feed import write_small_feed

from recsys.io.identity import forget_customers
from recsys.io.postgres import Database
from recsys.io.quarantine import customer_hashes
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

HOLDINGS = (
    "customer_id,product_id,opened_at,closed_at,balance\n"
    "c1,p1,2010-01-05,2020-01-02,\n"  # five years of 365 days before 2024-12-31
    "c1,p2,2010-01-05,2020-01-01,\n"
    "c2,p1,2010-03-01,,0\n"
)


def load(home: Settings, folder: Path, run_id: str, **changes: str) -> None:
    feed = write_small_feed(folder / run_id, {f"{name}.csv": text for name, text in changes.items()})
    start_run(Run(run_id, str(feed), None, 5, "never"), home)
    for step in ("ingest_feed", "resolve_customers", "anonymise_feed"):
        run_step(step, run_id, home)


def holdings(database: Database) -> list[tuple[str, str | None]]:
    with database.connect("transform") as connection:
        return connection.execute("select product_id, closed_at::text from raw.holdings order by 1, 2").fetchall()


def test_feed_that_brings_old_rows_again_does_not_bring_them_back(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    for run_id in ("run-1", "run-2"):
        load(home, tmp_path, run_id, holdings=HOLDINGS)
        assert holdings(database) == [("p1", "2020-01-02"), ("p1", None)]


def test_period_of_the_bank_counts_at_a_load_as_well(home: Settings, database: Database, tmp_path: Path) -> None:
    (home.home / "retention.toml").write_text("[raw.holdings]\nkeep_days = 400\n")
    load(home, tmp_path, "run-1", holdings=HOLDINGS)
    assert holdings(database) == [("p1", None)]


def test_correction_that_makes_a_row_old_takes_it_out(home: Settings, database: Database, tmp_path: Path) -> None:
    load(home, tmp_path, "run-1", holdings=HOLDINGS.replace("2020-01-02", ""))
    assert holdings(database) == [("p1", None), ("p1", None)]
    feed = write_small_feed(tmp_path / "delta", {"holdings.csv": HOLDINGS.replace("2020-01-02", "2015-01-01")})
    (feed / "feed.toml").write_text('name = "small"\nas_of = 2024-12-31\nmode = "delta"\n')
    start_run(Run("run-2", str(feed), None, 5, "never"), home)
    for step in ("ingest_feed", "resolve_customers", "anonymise_feed"):
        run_step(step, "run-2", home)
    assert holdings(database) == [("p1", None)]


def test_values_before_standardising_go_with_a_forgotten_customer(database: Database) -> None:
    key = database.secrets.key("quarantine_key")
    with database.connect("admin") as connection:
        for customer_id in ("kept", "gone"):
            connection.execute(
                """
                insert into identity.customers (customer_key, customer_id, person_key, match_rule, load_id)
                values (md5(%(id)s)::uuid, %(id)s, md5(%(id)s)::uuid, 'self', 'run')
                """,
                {"id": customer_id},
            )
            connection.execute(
                """
                insert into identity.originals (run_id, table_name, row_hash, customer_hash, payload)
                values ('run', 'customers', '', %s, %s)
                """,
                [*customer_hashes([customer_id], key), customer_id.encode()],
            )
        connection.execute("insert into raw.customers (customer_key) values (md5('kept')::uuid)")
    with database.connect("ingest") as connection:
        assert forget_customers(connection, key, "run") == 1
    with database.connect("admin") as connection:
        assert connection.execute("select convert_from(payload, 'UTF8') from identity.originals").fetchall() == [
            ("kept",)
        ]
