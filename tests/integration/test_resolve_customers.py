from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.integration.small_feed import write_small_feed

from recsys.errors import RunError
from recsys.io.identity import PURPOSE
from recsys.io.landing import delete_landing
from recsys.io.postgres import Database
from recsys.io.sealing import unseal
from recsys.privacy.keys import customer_keys
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run, StepResult

HEADER = "customer_id,registered_at,valid_from,full_name,email,birth_date,national_id\n"


def resolve(home: Settings, folder: Path, customers: str, run_id: str = "run-1", manifest: str = "") -> StepResult:
    changes = {"customers.csv": HEADER + customers, "holdings.csv": "customer_id,product_id\n", "feed.toml": manifest}
    if "delta" not in manifest:
        changes["holdings.csv"] += f"{customers.split(',')[0]},p1\n"
    feed = write_small_feed(folder, changes)
    start_run(Run(run_id, str(feed), None, 5, "auto"), home)
    run_step("ingest_feed", run_id, home)
    return run_step("resolve_customers", run_id, home)


def identities(database: Database) -> dict[str, tuple[str, str]]:
    """Per customer id the customer id that stands for the person, and the rule."""
    with database.connect("admin") as connection:
        rows = connection.execute(
            """
            select customers.customer_id, persons.customer_id, customers.match_rule
            from identity.customers inner join identity.customers as persons
                on persons.customer_key = customers.person_key
            """
        ).fetchall()
    return {customer: (person, rule) for customer, person, rule in rows}


def contact(database: Database, customer_id: str) -> dict[str, str]:
    with database.connect("admin") as connection:
        row = connection.execute(
            "select contact from identity.customers where customer_id = %s", [customer_id]
        ).fetchone()
    assert row is not None
    return dict(json.loads(unseal(row[0], database.secrets.key("contact_key"), PURPOSE)))


def test_duplicates_are_joined_to_the_earliest_registration(home: Settings, database: Database, tmp_path: Path) -> None:
    result = resolve(
        home,
        tmp_path / "feed",
        "late,2022-01-01,,Ada,ada@x.org,1980-01-01,AB 12-34\n"
        "early,2020-01-01,,Ada,other@x.org,1980-01-01,ab1234\n"
        "mail,2021-01-01,, Ada ,ADA@X.ORG,1980-01-01,\n"
        "twin,2021-01-01,,Ida,ada@x.org,1981-01-01,\n",
    )
    assert identities(database) == {
        "early": ("early", "self"),
        "late": ("early", "national_id"),
        "mail": ("early", "email_and_birth_date"),
        "twin": ("twin", "self"),
    }
    assert result.rows == 4
    assert result.details["persons"] == 2


def test_customer_key_is_the_keyed_pseudonym(home: Settings, database: Database, tmp_path: Path) -> None:
    resolve(home, tmp_path / "feed", "c1,2020-01-01,,Ada,,,\n")
    with database.connect("admin") as connection:
        row = connection.execute("select customer_key::text from identity.customers").fetchone()
    assert row == (customer_keys(["c1"], database.secrets.key("pseudonym_key"))[0].as_py(),)


def test_contact_is_sealed_and_comes_from_the_latest_version(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    resolve(
        home,
        tmp_path / "feed",
        "c1,2020-01-01,2024-01-01,Ada New,new@x.org,1980-01-01,N1\n"
        "c1,2020-01-01,2020-01-01,Ada Old,old@x.org,1980-01-01,N1\n",
    )
    found = contact(database, "c1")
    assert found["full_name"] == "Ada New"
    assert found["email"] == "new@x.org"
    with database.connect("admin") as connection:
        row = connection.execute("select contact from identity.customers").fetchone()
    assert row is not None
    assert b"Ada" not in row[0]


def test_resolving_again_and_a_newer_full_feed_replace_what_was(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    resolve(home, tmp_path / "one", "c1,2020-01-01,,Ada,,,\nc2,2020-01-01,,Bob,,,\n")
    run_step("resolve_customers", "run-1", home)
    assert set(identities(database)) == {"c1", "c2"}
    resolve(home, tmp_path / "two", "c2,2020-01-01,,Bob,,,\n", run_id="run-2")
    assert set(identities(database)) == {"c2"}


def test_delta_finds_its_customers_among_those_who_are_known(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    resolve(
        home,
        tmp_path / "one",
        "c1,2021-01-01,,Ada,ada@x.org,1980-01-01,N1\nc2,2020-01-01,,Bob,,,\nc3,2022-01-01,,Cleo,cleo@x.org,1970-01-01,\n",
    )
    delta = "c0,2019-01-01,,Ada,,,N1\nc4,2023-01-01,,Cleo,cleo@x.org,1970-01-01,\nc2,2020-01-01,,Robert,,,\n"
    resolve(home, tmp_path / "two", delta, run_id="run-2", manifest='mode = "delta"\n')
    assert identities(database) == {
        "c0": ("c0", "self"),
        "c1": ("c0", "national_id"),
        "c2": ("c2", "self"),
        "c3": ("c3", "self"),
        "c4": ("c3", "email_and_birth_date"),
    }
    assert contact(database, "c2")["full_name"] == "Robert"
    assert contact(database, "c1")["full_name"] == "Ada"


def test_resolving_after_the_landing_files_are_gone_says_so(home: Settings, database: Database, tmp_path: Path) -> None:
    resolve(home, tmp_path / "feed", "c1,2020-01-01,,Ada,,,\n")
    delete_landing(home.home, "run-1")
    with pytest.raises(RunError, match="landing files of run run-1 are gone"):
        run_step("resolve_customers", "run-1", home)
