"""Towns never reach raw: their spellings are found and made one inside the boundary, as rows land."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from psycopg import sql
from tests.integration.small_feed import write_small_feed
from tests.integration.test_ingest_feed import landed
from tests.integration.test_ingest_sources import CUSTOMERS, SOURCES
from tests.integration.test_ingest_sources import FILES as SOURCE_FILES
from tests.integration.test_standardising import originals
from typer.testing import CliRunner

from recsys.cleaning.value_clusters import MIN_CUSTOMERS_INSIDE
from recsys.cli.main import app
from recsys.io.identity import read_contacts
from recsys.io.postgres import Database
from recsys.io.value_clusters import read_clusters
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run, StepResult

CROWD = MIN_CUSTOMERS_INSIDE
TOWNS = {"Hamburg": CROWD, "Hambrug": 1, "Hamburg.": 1, "Toulouse": CROWD - 1, "Toulose": 1}
PROPOSED = {
    "Hambrug": ("Hamburg", "nearest_neighbour", "proposed"),
    "Hamburg.": ("Hamburg", "fingerprint", "accepted"),
}


def people(towns: dict[str, int], prefix: str = "c") -> str:
    written = [town for town, n in towns.items() for _ in range(n)]
    lines = (f"{prefix}{place},2020-01-01,Ada {place},{town}\n" for place, town in enumerate(written, start=1))
    return "".join(("customer_id,registered_at,full_name,city\n", *lines))


def resolve(home: Settings, feed: Path, run_id: str) -> StepResult:
    start_run(Run(run_id, str(feed), None, 5, "auto"), home)
    result = run_step("ingest_feed", run_id, home)
    run_step("resolve_customers", run_id, home)
    return result


def full(home: Settings, folder: Path, run_id: str, towns: dict[str, int] = TOWNS) -> StepResult:
    return resolve(home, write_small_feed(folder / run_id, {"customers.csv": people(towns)}), run_id)


def delta(home: Settings, folder: Path, run_id: str, towns: dict[str, int]) -> StepResult:
    manifest = 'name = "small"\nas_of = 2024-12-31\nmode = "delta"\n'
    customers, holdings = people(towns, prefix="d"), "customer_id,product_id\n"
    feed = write_small_feed(
        folder / run_id, {"customers.csv": customers, "holdings.csv": holdings, "feed.toml": manifest}
    )
    return resolve(home, feed, run_id)


def clusters(database: Database) -> dict[str, tuple[str, str, str]]:
    with database.connect("engineer") as connection:
        rows = read_clusters(connection, ("customers", "city"))
    return {row["value"]: (row["canonical"], row["method"], row["state"]) for row in rows}


def towns_of_contacts(database: Database) -> Counter[str]:
    with database.connect("ingest") as connection:
        batches = list(read_contacts(connection, database.secrets.key("contact_key")))
    return Counter(contact["city"] for batch in batches for _, contact in batch)


def decide(home: Settings, decision: str, value: str) -> None:
    environment = {"RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name}
    arguments = ["clusters", decision, value, "--column", "city"]
    result = CliRunner().invoke(app, arguments, env={**os.environ, **environment})
    assert result.exit_code == 0, result.output


def standardised(result: StepResult) -> Any:
    return result.details["tables"]["customers"]["standardised"].get("city", 0)


def contents_of_ops(database: Database) -> dict[str, str]:
    """All rows of each table of `ops` that engineers may read, as text."""
    query = sql.SQL("select coalesce(string_agg(rows::text, ' '), '') from {} as rows")
    with database.connect("engineer") as connection:
        tables = connection.execute(
            """
            select relname from pg_class
            where relnamespace = 'ops'::regnamespace and relkind = 'r' and has_table_privilege(oid, 'select')
            """
        ).fetchall()
        return {
            name: connection.execute(query.format(sql.Identifier("ops", name))).fetchall()[0][0] for (name,) in tables
        }


def test_accepted_town_is_one_in_contact_data_from_the_next_run_on_and_a_rejected_one_comes_back(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    assert standardised(full(home, tmp_path, "run-1")) == 0
    assert clusters(database) == PROPOSED
    assert towns_of_contacts(database) == TOWNS
    decide(home, "accept", "Hambrug")
    assert standardised(full(home, tmp_path, "run-2")) == 2
    toulouse = {"Toulouse": CROWD - 1, "Toulose": 1}
    assert Counter(landed(home, database, "customers", "run-2")["city"].to_pylist()) == towns_of_contacts(database)
    assert towns_of_contacts(database) == {"Hamburg": CROWD + 2, **toulouse}
    assert [row[-1]["city"] for row in originals(database)] in (["Hambrug", "Hamburg."], ["Hamburg.", "Hambrug"])
    decide(home, "reject", "Hambrug")
    assert standardised(full(home, tmp_path, "run-3")) == 1
    assert towns_of_contacts(database) == {"Hamburg": CROWD + 1, "Hambrug": 1, **toulouse}
    assert clusters(database) == {**PROPOSED, "Hambrug": ("Hamburg", "nearest_neighbour", "rejected")}


def test_counts_of_an_accepted_town_stay_what_they_were(home: Settings, database: Database, tmp_path: Path) -> None:
    for run_id in ("run-1", "run-2"):
        full(home, tmp_path, run_id)
        with database.connect("engineer") as connection:
            counts = {row["value"]: row["n_rows"] for row in read_clusters(connection, ("customers", "city"))}
        assert counts == {"Hambrug": 1, "Hamburg.": 1}, run_id


def test_town_that_fewer_than_twenty_customers_share_is_nowhere_in_ops(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    full(home, tmp_path, "run-1")
    contents = contents_of_ops(database)
    assert "Hambrug" in contents["value_clusters"]
    assert [name for name, content in contents.items() if "Toulo" in content] == []
    full(home, tmp_path, "run-2", {**TOWNS, "Toulouse": CROWD})
    assert clusters(database) == {**PROPOSED, "Toulose": ("Toulouse", "nearest_neighbour", "proposed")}


def test_delta_counts_the_customers_whom_the_bank_knows_already(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    full(home, tmp_path, "run-1", {"Hamburg": CROWD})
    delta(home, tmp_path, "run-2", {"Hambrug": 1})
    assert clusters(database) == {"Hambrug": PROPOSED["Hambrug"]}
    decide(home, "accept", "Hambrug")
    delta(home, tmp_path, "run-3", {"Hambrug": 2})
    assert towns_of_contacts(database) == {"Hamburg": CROWD + 2}


def test_what_several_sources_deliver_keeps_its_spelling_until_it_is_put_together(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    ids = [f"c{number}" for number in range(CROWD + 1)]
    files = {
        **SOURCE_FILES,
        "customers-1.csv": CUSTOMERS + "".join(f"{one},Ada {one},,1980-01-01,1,I\n" for one in ids),
        "holdings-1.csv": "customer_id,product_id,opened_at\nc1,p1,2025-01-01\n",
        "transactions-1.csv": "transaction_id,customer_id,booked_at,amount,changed_on\n",
        "crm.jsonl": "".join(
            json.dumps({"customer_id": one, "city": "Hambrug" if one == "c0" else "Hamburg"}) + "\n" for one in ids
        ),
        "sources.toml": SOURCES.format(folder=tmp_path),
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    for decision, expected in (
        (None, {"Hamburg": CROWD, "Hambrug": 1}),
        ("accept", {"Hamburg": CROWD + 1}),
        ("reject", {"Hamburg": CROWD, "Hambrug": 1}),
    ):
        if decision:
            decide(home, decision, "Hambrug")
            # Core says something new of this customer; what the other source says of the town was read before.
            line = f"c0,Ada {decision}ed,,1980-01-01,{decision},U\n"
            (tmp_path / f"customers-{decision}.csv").write_text(CUSTOMERS + line)
        run_id = f"run-{decision}"
        resolve(home, tmp_path / "sources.toml", run_id)
        run_step("anonymise_feed", run_id, home)
        assert towns_of_contacts(database) == expected, decision
