"""From spellings in raw to proposals, to decisions, to marts that hold one spelling, and back."""

from __future__ import annotations

import json
import os
from collections import Counter
from getpass import getuser
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.io.postgres import Database
from recsys.io.value_clusters import read_clusters
from recsys.settings import Settings
from recsys.steps.clustered_column import accepted_methods
from recsys.steps.runner import run_step

from .raw_bank import RUN_ID, A, write_bank, write_rows

OCCUPATIONS = {"engineer": 20, "Engineer.": 2, "enginer": 1, "sales person": 1, "salesperson": 12, "baker": 1}
PEOPLE = [occupation for occupation, n in OCCUPATIONS.items() for _ in range(n)]


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    """The small bank with 37 customers more, whose occupations people typed."""
    write_bank(database)
    with database.connect("ingest") as connection:
        for number, occupation in enumerate(PEOPLE, start=100):
            key = UUID(int=number)
            write_rows(
                connection,
                "customers",
                {
                    "customer_key": key,
                    "registered_at": "2020-01-01",
                    "status": "active",
                    "occupation": occupation,
                    "segment": "Mass-Market",
                },
            )
            write_rows(connection, "customer_links", {"customer_key": key, "person_key": key, "match_rule": "self"})
    return database


def clusters(database: Database, column: str = "occupation") -> dict[str, tuple[str, str, str]]:
    with database.connect("engineer") as connection:
        rows = read_clusters(connection, ("customers", column))
    return {row["value"]: (row["canonical"], row["method"], row["state"]) for row in rows}


def recsys(home: Settings, *arguments: str) -> str:
    environment = {"RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name}
    result = CliRunner().invoke(app, ["clusters", *arguments], env={**os.environ, **environment})
    assert result.exit_code == 0, result.output
    return result.output


def occupations_in_marts(home: Settings, database: Database) -> Counter[str]:
    run_step("cluster_values", RUN_ID, home)
    run_step("build_marts", RUN_ID, home)
    with database.connect("training") as connection:
        rows = connection.execute("select occupation from marts.dim_customers where occupation is not null").fetchall()
    return Counter(row[0] for row in rows)


PROPOSED = {
    "Engineer.": ("engineer", "fingerprint", "accepted"),
    "enginer": ("engineer", "nearest_neighbour", "proposed"),
    "sales person": ("salesperson", "ngram_fingerprint", "proposed"),
}


def test_spellings_are_proposed_and_the_certain_ones_accepted_by_rule(home: Settings, bank: Database) -> None:
    result = run_step("cluster_values", RUN_ID, home)
    assert clusters(bank) == PROPOSED
    assert result.rows == len(PROPOSED)
    assert result.details["values"] == {"accepted": 1, "proposed": 2}
    assert not any(occupation in json.dumps(result.details) for occupation in OCCUPATIONS)
    run_step("cluster_values", RUN_ID, home)
    assert clusters(bank) == PROPOSED


def test_accepted_value_becomes_canonical_in_the_next_marts_and_a_rejected_one_comes_back(
    home: Settings, bank: Database
) -> None:
    own = {"baker": 2, "salesperson": 12, "sales person": 1}
    assert occupations_in_marts(home, bank) == {"engineer": 22, "enginer": 1, **own}
    assert "1 values of customers.occupation are accepted now, in 1 rows" in recsys(
        home, "accept", "enginer", "--column", "occupation"
    )
    assert occupations_in_marts(home, bank) == {"engineer": 23, **own}
    recsys(home, "reject", "enginer", "--column", "customers.occupation")
    recsys(home, "reject", "Engineer.", "--column", "customers.occupation")
    assert occupations_in_marts(home, bank) == {"engineer": 20, "engineer.": 2, "enginer": 1, **own}


def test_decisions_outlive_new_proposals(home: Settings, bank: Database) -> None:
    run_step("cluster_values", RUN_ID, home)
    recsys(home, "reject", "enginer", "--column", "occupation")
    recsys(home, "accept", "--all", "--method", "ngram_fingerprint", "--column", "occupation")
    recsys(home, "undo", "Engineer.", "--column", "occupation")
    decided = {
        "Engineer.": ("engineer", "fingerprint", "proposed"),
        "enginer": ("engineer", "nearest_neighbour", "rejected"),
        "sales person": ("salesperson", "ngram_fingerprint", "accepted"),
    }
    assert clusters(bank) == decided
    with bank.connect("ingest") as connection:
        connection.execute("update raw.customers set occupation = 'engineer' where occupation = 'sales person'")
    run_step("cluster_values", RUN_ID, home)
    assert clusters(bank) == decided
    (gone,) = [row for row in json.loads(recsys(home, "list", "--json")) if row["value"] == "sales person"]
    assert (gone["n_rows"], gone["n_canonical_rows"]) == (0, 12)


def test_a_proposal_that_nobody_decided_goes_with_its_value(home: Settings, bank: Database) -> None:
    run_step("cluster_values", RUN_ID, home)
    with bank.connect("ingest") as connection:
        connection.execute("delete from raw.customers where occupation = 'enginer'")
    run_step("cluster_values", RUN_ID, home)
    assert "enginer" not in clusters(bank)


def test_every_decision_is_written_down_with_who_made_it(home: Settings, bank: Database) -> None:
    run_step("cluster_values", RUN_ID, home)
    recsys(home, "accept", "enginer", "--column", "occupation")
    with bank.connect("engineer") as connection:
        (row,) = connection.execute(
            "select actor, subject, details from ops.audit_log where action = 'decide_value_clusters'"
        ).fetchall()
        (by,) = connection.execute("select decided_by from ops.value_clusters where value = 'enginer'").fetchall()
    details = {"state": "accepted", "value": "enginer", "method": None, "decided_by": by[0]}
    assert row == ("engineer", "customers.occupation", details)
    assert by[0] == getuser()
    assert by[0] in recsys(home, "list", "--column", "occupation", "--state", "accepted")


def test_a_canonical_form_cannot_become_another_value(home: Settings, bank: Database) -> None:
    run_step("cluster_values", RUN_ID, home)
    with bank.connect("transform") as connection:
        connection.execute(
            """
            insert into ops.value_clusters (table_name, column_name, value, canonical, method, similarity, n_rows,
                n_canonical_rows, state, first_run_id)
            values ('customers', 'occupation', 'engineer', 'baker', 'fingerprint', 1, 1, 1, 'proposed', %s)
            """,
            [RUN_ID],
        )
    result = CliRunner().invoke(
        app,
        ["clusters", "accept", "engineer", "--column", "occupation"],
        env={**os.environ, "RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name},
    )
    assert result.exit_code == 1
    assert "no such value that could become accepted" in result.output
    assert clusters(bank)["engineer"][2] == "proposed"


def test_engineer_decides_by_the_function_only(bank: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), bank.connect("engineer") as connection:
        connection.execute("update ops.value_clusters set state = 'accepted'")
    call = sql.SQL("select * from ops.decide_value_clusters('accepted', 'me', 'customers', 'occupation', null, null)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), bank.connect("training") as connection:
        connection.execute(call)


def test_segments_of_products_are_spelled_as_those_of_customers(home: Settings, bank: Database) -> None:
    with bank.connect("ingest") as connection:
        connection.execute("update raw.products set target_segments = '{mass market}' where product_id = 'fund'")
        connection.execute("update raw.customers set segment = 'mass market' where occupation = 'enginer'")
    run_step("cluster_values", RUN_ID, home)
    assert clusters(bank, "segment") == {"mass market": ("Mass-Market", "ngram_fingerprint", "proposed")}
    recsys(home, "accept", "--all", "--column", "segment")
    run_step("build_marts", RUN_ID, home)
    with bank.connect("training") as connection:
        segments = connection.execute(
            "select distinct segment from marts.dim_customers where segment is not null and person_key <> %s", [A]
        ).fetchall()
        (targets,) = connection.execute(
            "select target_segments from marts.dim_products where product_id = 'fund'"
        ).fetchone()
    assert segments == [("Mass-Market",)]
    assert targets == ["Mass-Market"]


@pytest.mark.parametrize(
    ("laxest", "methods"),
    [
        ("none", []),
        ("fingerprint", ["fingerprint"]),
        ("nearest_neighbour", ["fingerprint", "ngram_fingerprint", "nearest_neighbour"]),
    ],
)
def test_setting_names_the_laxest_method_that_nobody_is_asked_about(laxest: str, methods: list[str]) -> None:
    assert list(accepted_methods(laxest)) == methods
