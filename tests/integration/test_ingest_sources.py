from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from recsys.errors import ContractError
from recsys.io.loads import request_replay
from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run, StepResult

SOURCES = """
[feed]
name = "small"
as_of = 2026-01-31

[winners]
customers = ["core", "crm"]
"customers.phone" = ["crm", "core"]

[sources.core]
kind = "files"
location = "{folder}"
[sources.core.tables.customers]
origin = "customers-*.csv"
cursor = "changed_on"
deleted_column = "op"
columns = {{customer_id = "no"}}
[sources.core.tables.products]
origin = "products.csv"
deletes_absent = true
[sources.core.tables.holdings]
origin = "holdings-*.csv"
[sources.core.tables.transactions]
origin = "transactions-*.csv*"
cursor = "changed_on"

[sources.crm]
kind = "files"
location = "{folder}"
[sources.crm.tables.customers]
origin = "crm.jsonl"
deletes_absent = true
"""
CUSTOMERS = "no,full_name,phone,birth_date,changed_on,op\n"
TRANSACTIONS = "transaction_id,customer_id,booked_at,amount,changed_on\n"
FILES = {
    "customers-1.csv": CUSTOMERS + "c1,Ada,1,1980-01-01,1,I\nc2,Bob,2,1970-01-01,1,I\n",
    "products.csv": "product_id,product_name,category\np1,Account,account\np2,Card,card\n",
    "holdings-1.csv": "customer_id,product_id,opened_at\nc1,p1,2025-01-01\nc1,p2,2025-02-01\nc2,p1,2025-01-01\n",
    "transactions-1.csv": TRANSACTIONS + "t1,c1,2026-01-01,10.00,1\nt2,c2,2026-01-01,20.00,1\n",
    "crm.jsonl": '{"customer_id": "c1", "phone": "9", "segment": "mass"}\n{"customer_id": "c2", "segment": "senior"}\n'
    '{"customer_id": "lead", "segment": "mass"}\n',
}
TABLES = ("customers", "products", "holdings", "transactions", "customer_links")


class Bank:
    """A bank whose sources are files in one folder."""

    def __init__(self, home: Settings, database: Database, folder: Path) -> None:
        self.home, self.database, self.folder = home, database, folder
        self.n_runs = 0
        folder.mkdir()
        self.put(**FILES)
        (folder / "sources.toml").write_text(SOURCES.format(folder=folder))

    def put(self, **files: str) -> None:
        for name, content in files.items():
            (self.folder / name).write_text(content)

    def run(
        self, *, until: str = "anonymise_feed", again: bool = False, feed: Path | None = None
    ) -> dict[str, StepResult]:
        self.n_runs += 0 if again else 1
        run_id = f"run-{self.n_runs}"
        start_run(Run(run_id, str(feed or self.folder / "sources.toml"), None, 5, "auto"), self.home)
        results = {}
        for step in ("ingest_feed", "resolve_customers", "anonymise_feed"):
            results[step] = run_step(step, run_id, self.home)
            if step == until:
                break
        return results

    def rows(self, query: str, role: str = "ingest") -> list[tuple[Any, ...]]:
        with self.database.connect(role) as connection:
            return connection.execute(query).fetchall()

    def raw(self) -> dict[str, list[str]]:
        found = {}
        with self.database.connect("transform") as connection:
            for table in TABLES:
                query = sql.SQL("select rows::text from {} as rows order by 1").format(sql.Identifier("raw", table))
                found[table] = [row[0] for row in connection.execute(query).fetchall()]
        return found

    def contacts(self) -> dict[str, str | None]:
        """Customer id -> phone."""
        from recsys.io.identity import read_contacts

        with self.database.connect("ingest") as connection:
            batches = list(read_contacts(connection, self.database.secrets.key("contact_key")))
        return {customer: contact.get("phone") for batch in batches for customer, contact in batch}

    def transactions(self) -> dict[str, str]:
        return dict(self.rows("select transaction_id, amount::text from raw.transactions"))

    def loads(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """Of the last run: (source, table) -> read, kept, quarantined, updated, deleted, repeated."""
        rows = self.rows(
            f"""
            select source, table_name, n_read, n_kept, n_quarantined, n_updated, n_deleted, n_repeated
            from ops.loads where run_id = 'run-{self.n_runs}'
            """
        )
        return {(source, table): tuple(counts) for source, table, *counts in rows}


@pytest.fixture
def bank(home: Settings, database: Database, tmp_path: Path) -> Bank:
    return Bank(home, database, tmp_path / "bank")


def test_first_load_takes_everything_and_puts_the_sources_of_a_table_together(bank: Bank) -> None:
    results = bank.run()
    assert results["ingest_feed"].details["mode"] == "full"
    assert results["anonymise_feed"].rows == 2 + 2 + 3 + 2
    assert bank.contacts() == {"c1": "9", "c2": "2"}
    assert bank.rows("select segment from raw.customers order by 1") == [("mass",), ("senior",)]


def test_second_load_without_news_changes_nothing(bank: Bank) -> None:
    bank.run()
    before = bank.raw()
    results = bank.run()
    assert results["ingest_feed"].details["mode"] == "delta"
    assert results["ingest_feed"].rows == 0
    assert bank.raw() == before
    assert set(bank.loads().values()) == {(0, 0, 0, 0, 0, 0)}


def test_day_of_the_data_never_goes_back(bank: Bank) -> None:
    bank.put(**{"sources.toml": SOURCES.format(folder=bank.folder).replace("as_of = 2026-01-31\n", "")})
    assert bank.run()["ingest_feed"].details["as_of"] == "2026-01-01"
    assert bank.run()["ingest_feed"].details["as_of"] == "2026-01-01"


def test_new_corrected_late_and_repeated_rows_arrive(bank: Bank) -> None:
    bank.run()
    bank.put(
        **{
            # t1 is corrected, t3 is new, t2 comes once more, and t4 in an older version after its newer one.
            "transactions-2.csv": TRANSACTIONS
            + "t1,c1,2026-01-01,11.00,2\nt3,c1,2026-01-02,30.00,2\nt2,c2,2026-01-01,20.00,1\n"
            "t4,c1,2026-01-02,40.00,9\n",
            "transactions-0.csv": TRANSACTIONS + "t4,c1,2026-01-02,39.00,8\nt1,c1,2026-01-01,9.00,0\n",
        }
    )
    bank.run()
    assert bank.transactions() == {"t1": "11.00", "t2": "20.00", "t3": "30.00", "t4": "40.00"}
    assert bank.loads()["core", "transactions"] == (6, 6, 0, 1, 0, 3)


def test_corrected_file_is_taken_again(bank: Bank) -> None:
    bank.run()
    bank.put(**{"transactions-1.csv": FILES["transactions-1.csv"].replace("20.00,1", "21.00,1")})
    bank.run()
    assert bank.transactions() == {"t1": "10.00", "t2": "21.00"}


def test_deleted_customer_goes_with_everything_that_was_theirs(bank: Bank) -> None:
    bank.run()
    bank.put(**{"customers-2.csv": CUSTOMERS + "c2,,,,2,D\n"})
    bank.run()
    assert set(bank.contacts()) == {"c1"}
    assert bank.transactions() == {"t1": "10.00"}
    assert bank.rows("select count(*) from raw.customers") == [(1,)]
    assert bank.rows("select count(*) from raw.holdings") == [(2,)]
    bank.put(**{"transactions-2.csv": TRANSACTIONS + "t9,c2,2026-01-02,1.00,2\n"})
    bank.run()
    assert bank.loads()["core", "transactions"][2] == 1


def test_what_a_complete_delivery_lacks_was_deleted(bank: Bank) -> None:
    bank.run()
    bank.put(
        **{
            "products.csv": "product_id,product_name,category\np1,Current account,account\n",
            "crm.jsonl": '{"customer_id": "c2", "segment": "senior"}\n',
        }
    )
    bank.run()
    assert bank.rows("select product_id, product_name from raw.products") == [("p1", "Current account")]
    assert bank.rows("select distinct product_id from raw.holdings") == [("p1",)]
    # Nobody but the registration has a telephone number of c1 now.
    assert bank.contacts() == {"c1": "1", "c2": "2"}


def test_change_in_one_source_is_put_together_with_what_the_other_said_before(bank: Bank) -> None:
    bank.run()
    bank.put(**{"customers-2.csv": CUSTOMERS + "c1,Ada King,5,1980-01-01,2,U\nlead,Lea,3,,2,I\n"})
    bank.run()
    assert bank.contacts() == {"c1": "9", "c2": "2", "lead": "3"}
    assert bank.rows("select segment from raw.customers order by 1") == [("mass",), ("mass",), ("senior",)]


@pytest.mark.parametrize("until", ["ingest_feed", "resolve_customers"])
def test_run_that_was_cut_off_is_made_up_for_by_the_next(bank: Bank, until: str) -> None:
    bank.run()
    bank.put(
        **{
            "transactions-2.csv": TRANSACTIONS + "t1,c1,2026-01-01,11.00,2\n",
            "customers-2.csv": CUSTOMERS + "c2,,,,2,D\n",
        }
    )
    bank.run(until=until)
    assert bank.transactions() == {"t1": "10.00", "t2": "20.00"}
    bank.run()
    assert bank.transactions() == {"t1": "11.00"}
    assert set(bank.contacts()) == {"c1"}


def test_replay_reads_everything_again_and_ends_the_same(bank: Bank) -> None:
    bank.run()
    before = bank.raw()
    with bank.database.connect("ingest") as connection:
        for table in ("customers", "products", "holdings", "transactions"):
            request_replay(connection, "core", table, None, "somebody")
    bank.run()
    assert bank.loads()["core", "transactions"] == (2, 2, 0, 0, 0, 2)
    assert bank.raw() == before
    bank.run()
    assert bank.loads()["core", "transactions"][0] == 0


def test_required_table_without_a_source_is_an_error(bank: Bank) -> None:
    whole = SOURCES.format(folder=bank.folder)
    bank.put(**{"sources.toml": whole.replace('[sources.core.tables.holdings]\norigin = "holdings-*.csv"\n', "")})
    with pytest.raises(ContractError, match="no source delivers the required table holdings"):
        bank.run()


def test_file_that_is_not_there_for_a_night_deletes_nothing(bank: Bank) -> None:
    bank.run()
    before = bank.raw()
    (bank.folder / "products.csv").rename(bank.folder / "products.csv.late")
    bank.run()
    assert bank.raw() == before


def test_complete_delivery_without_a_row_is_not_believed(bank: Bank) -> None:
    bank.run()
    bank.put(**{"products.csv": "product_id,product_name,category\n"})
    with pytest.raises(ContractError, match=r"rule empty_table: a complete delivery of products without any row"):
        bank.run()


def test_bad_row_of_a_complete_delivery_is_not_a_deleted_one(bank: Bank) -> None:
    bank.run()
    before = bank.raw()
    bank.put(**{"products.csv": "product_id,product_name,category\np1,Account,account\np2,Card,\n"})
    bank.run()
    assert bank.loads()["core", "products"][2] == 1
    assert bank.raw() == before


def test_deletion_in_the_first_load_counts(bank: Bank) -> None:
    header = "product_id,product_name,category,op\n"
    tables = SOURCES.format(folder=bank.folder).replace(
        'origin = "products.csv"\ndeletes_absent = true', 'origin = "products-*.csv"\ndeleted_column = "op"'
    )
    bank.put(
        **{
            "sources.toml": tables,
            "products-1.csv": header + "p1,Account,account,I\np2,Card,card,I\n",
            "products-2.csv": header + "p2,,,D\n",
            "customers-2.csv": CUSTOMERS + "c2,,,,2,D\n",
        }
    )
    bank.run()
    assert bank.rows("select product_id from raw.products") == [("p1",)]
    assert set(bank.contacts()) == {"c1"}
    bank.put(**{"products-0.csv": header + "p2,Late,card,I\n"})
    bank.run()
    assert bank.rows("select product_id from raw.products") == [("p1",)]


def test_customer_in_an_older_version_that_comes_late_changes_nothing(bank: Bank) -> None:
    bank.put(**{"crm.jsonl": '{"customer_id": "c9"}\n', "customers-5.csv": CUSTOMERS + "c1,Ada,5,1980-01-01,5,U\n"})
    bank.run()
    bank.put(**{"customers-3.csv": CUSTOMERS + "c1,Ada,3,1980-01-01,3,U\n"})
    bank.run()
    assert bank.contacts()["c1"] == "5"


def test_change_and_deletion_in_one_delivery_leave_nothing(bank: Bank) -> None:
    bank.run()
    bank.put(
        **{
            "customers-2.csv": CUSTOMERS + "c2,Bob,7,1970-01-01,2,U\nc2,,,,3,D\n",
            "transactions-2.csv": TRANSACTIONS + "t9,c2,2026-01-02,1.00,2\n",
        }
    )
    bank.run()
    assert set(bank.contacts()) == {"c1"}
    assert bank.transactions() == {"t1": "10.00"}


def test_old_deletion_that_is_delivered_again_blocks_nothing(bank: Bank) -> None:
    bank.put(**{"customers-2.csv": CUSTOMERS + "c2,,,,2,D\n", "customers-3.csv": CUSTOMERS + "c2,Bob,3,,3,I\n"})
    bank.run()
    assert set(bank.contacts()) == {"c1", "c2"}
    bank.put(**{"customers-2.csv": CUSTOMERS + "c2,,,,2,D\n\n"})
    bank.run()
    assert set(bank.contacts()) == {"c1", "c2"}
    assert bank.rows("select count(*) from raw.customers") == [(2,)]


def test_refused_delivery_leaves_nothing_behind(bank: Bank) -> None:
    bank.run()
    bad = "".join(f"c{number},Ada,1,no date,2,I\n" for number in range(10, 30))
    bank.put(**{"customers-2.csv": CUSTOMERS + bad + "c2,,,,2,D\n"})
    with pytest.raises(ContractError, match=r"20 of 2\d rows break the feed contract|20 of 20 rows"):
        bank.run()
    assert bank.rows("select count(*) from quarantine.rows") == [(20,)]
    assert bank.rows("select count(*) from identity.source_rows where is_deleted", "admin") == [(0,)]
    (bank.folder / "customers-2.csv").unlink()
    bank.run()
    assert set(bank.contacts()) == {"c1", "c2"}


def test_same_run_again_finds_what_was_deleted_meanwhile(bank: Bank) -> None:
    bank.run()
    bank.put(**{"crm.jsonl": '{"customer_id": "c1", "phone": "9"}\n{"customer_id": "c2", "phone": "88"}\n'})
    bank.run(until="ingest_feed")
    bank.put(**{"crm.jsonl": '{"customer_id": "c1", "phone": "9"}\n'})
    bank.run(again=True)
    assert bank.contacts() == {"c1": "9", "c2": "2"}


def test_deleted_rows_keep_nothing_of_what_they_said(bank: Bank) -> None:
    bank.run()
    bank.put(**{"customers-2.csv": CUSTOMERS + "c2,,,,2,D\n"})
    bank.run()
    assert bank.rows("select length(payload) from identity.source_rows where is_deleted", "admin") == [(0,)]
    bank.run()
    assert set(bank.contacts()) == {"c1"}


def test_folder_delta_goes_on_after_a_run_of_sources_that_was_cut_off(bank: Bank) -> None:
    bank.run()
    bank.put(**{"customers-2.csv": CUSTOMERS + "c2,,,,2,D\n"})
    bank.run(until="resolve_customers")
    folder = bank.folder / "delta"
    folder.mkdir()
    for name, header in (("products", "product_id,product_name,category"), ("customers", "customer_id")):
        (folder / f"{name}.csv").write_text(header + "\n")
    (folder / "holdings.csv").write_text("customer_id,product_id,opened_at\nc1,p1,2026-01-05\n")
    (folder / "feed.toml").write_text('mode = "delta"\nas_of = 2026-01-31\n')
    bank.run(feed=folder)
    assert bank.rows("select count(*) from raw.holdings") == [(4,)]
    bank.run()
    assert set(bank.contacts()) == {"c1"}


def test_sources_begin_anew_where_a_folder_has_replaced_what_they_brought(bank: Bank) -> None:
    bank.run()
    before = bank.raw()
    folder = bank.folder / "whole"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id\nx1\n")
    (folder / "products.csv").write_text("product_id,product_name,category\nx,X,card\n")
    (folder / "holdings.csv").write_text("customer_id,product_id\nx1,x\n")
    bank.run(feed=folder)
    # The same run once more, cut off before it has come to raw.
    bank.run(again=True, until="ingest_feed", feed=folder)
    results = bank.run()
    assert results["ingest_feed"].details["mode"] == "full"
    assert bank.raw() == before
