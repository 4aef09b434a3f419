from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from recsys.errors import NotFoundError
from recsys.io.postgres import Database
from recsys.io.publications import publish_customers, roll_back
from recsys.io.runs import run_of
from recsys.io.serving import read_advice, read_eliminations, read_recommendations, read_sample
from recsys.settings import Settings
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.runner import run_step, start_run
from recsys.steps.score_customers import build_publication

from .marts_of_a_small_bank import (
    N_PERSONS,
    begin_run,
    build_marts,
    context_of,
    customer_id,
    person_key,
    popular_products,
)
from .small_feed import write_small_feed

SOMEBODY = 17


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    """A bank with one publication."""
    build_marts(database)
    publish(home, database, "first")
    return database


def publish(home: Settings, database: Database, run_id: str) -> None:
    begin_run(home, database, run_id)
    build_publication(context_of(home, database, run_id, "score_customers"), popular_products(), "1")
    with database.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked' where state = 'building'")
    publish_recommendations(context_of(home, database, run_id, "publish_recommendations"))


def read(bank: Database, number: int = SOMEBODY) -> list[dict[str, Any]]:
    with bank.connect("downstream") as connection:
        return read_recommendations(connection, customer_id(number))


def change(bank: Database, statement: str, *params: object) -> None:
    with bank.connect("admin") as connection:
        connection.execute(statement.encode(), params)


def test_customer_reads_ranked_products_with_reasons_and_refusals(bank: Database) -> None:
    with bank.connect("downstream") as connection:
        recommendations, eliminations = read_advice(connection, customer_id(SOMEBODY))
    assert [row["rank"] for row in recommendations] == list(range(1, len(recommendations) + 1))
    assert all(row["reasons"] and row["product_name"] for row in recommendations)
    refused = {one.product_id for one in eliminations}
    assert ("old", "on_sale", False) in {(one.product_id, one.rule, one.is_unknown) for one in eliminations}
    assert not refused & {row["product_id"] for row in recommendations}


@pytest.mark.parametrize("reason", ["erased", "objected", "consent_withdrawn"])
def test_suppressed_person_disappears_at_once(bank: Database, reason: str) -> None:
    assert read(bank)
    change(
        bank,
        "insert into ops.suppressions (customer_key, reason, serves) values (%s, %s, 'nothing')",
        person_key(SOMEBODY),
        reason,
    )
    assert read(bank) == []
    with bank.connect("downstream") as connection, pytest.raises(NotFoundError, match="Nothing is published"):
        read_advice(connection, customer_id(SOMEBODY))


def test_product_that_is_withdrawn_today_disappears_today(bank: Database) -> None:
    first = read(bank)[0]["product_id"]
    change(bank, "update serving.products set withdrawn_at = current_date where product_id = %s", first)
    assert first not in {row["product_id"] for row in read(bank)}
    change(bank, "update serving.products set withdrawn_at = current_date + 1 where product_id = %s", first)
    assert first in {row["product_id"] for row in read(bank)}


def test_expired_publication_is_not_served_nor_are_its_refusals(bank: Database) -> None:
    assert everything(bank)
    change(bank, "update serving.publications set valid_until = now()")
    assert everything(bank) == []
    with bank.connect("downstream") as connection, pytest.raises(NotFoundError, match="Nothing is published"):
        read_advice(connection, customer_id(SOMEBODY))


def join_persons(bank: Database, alias: int, number: int) -> None:
    statement = "update identity.customers set person_key = %s where customer_id = %s"
    change(bank, statement, person_key(number), customer_id(alias))


def everything(bank: Database) -> list[tuple[Any, ...]]:
    """All that downstream can read, without the publication's own columns."""
    with bank.connect("downstream") as connection:
        return connection.execute(
            """
            select customer_id, 'yes', product_id, rank::text from serving.recommendations
            union all select customer_id, 'no', product_id, rule from serving.eliminations
            order by 1, 2, 3, 4
            """
        ).fetchall()


def test_half_a_feed_that_a_later_step_refuses_changes_nothing_that_readers_see(
    home: Settings, bank: Database, tmp_path: Path
) -> None:
    before = everything(bank)
    feed = write_small_feed(tmp_path / "feed")
    start_run(run_of("half", str(feed), None, 3, "never"), home)
    for step in ("ingest_feed", "resolve_customers"):
        run_step(step, "half", home)
    with bank.connect("admin") as connection:
        assert connection.execute("select count(*) from identity.customers").fetchone() == (3,)
    assert everything(bank) == before


def test_persons_joined_in_a_publication_that_was_stopped_change_nothing_that_readers_see(
    home: Settings, bank: Database
) -> None:
    before = everything(bank)
    join_persons(bank, 12, SOMEBODY)
    begin_run(home, bank, "second")
    build_publication(context_of(home, bank, "second", "score_customers"), popular_products(), "2")
    with bank.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked' where state = 'building'")
        publish_customers(connection, 2)
    assert everything(bank) == before


def test_new_publication_serves_the_customers_of_its_feed_and_a_rollback_those_of_its_own(
    home: Settings, bank: Database
) -> None:
    before = everything(bank)
    change(bank, "delete from identity.customers where customer_id > %s", customer_id(20))
    publish(home, bank, "second")
    assert {row[0] for row in everything(bank)} == {row[0] for row in before if row[0] <= customer_id(20)}
    with bank.connect("publisher") as connection:
        roll_back(connection, "somebody")
    assert everything(bank) == before
    publish(home, bank, "third")
    assert {row[0] for row in everything(bank)} == {row[0] for row in before if row[0] <= customer_id(20)}


def test_customers_are_kept_as_differences_and_go_with_the_last_publication_that_shows_them(
    home: Settings, bank: Database
) -> None:
    change(bank, "delete from identity.customers where customer_id = %s", customer_id(1))
    kept = []
    for run_id in ("second", "third", "fourth"):
        publish(home.model_copy(update={"kept_publications": 1}), bank, run_id)
        with bank.connect("admin") as connection:
            kept += connection.execute("select count(*) from identity.published_customers").fetchall()
    assert kept == [(N_PERSONS,), (N_PERSONS - 1,), (N_PERSONS - 1,)]


def test_suppression_counts_under_the_key_of_today_too(bank: Database) -> None:
    join_persons(bank, 12, SOMEBODY)
    change(
        bank,
        "insert into ops.suppressions (customer_key, reason, serves) values (%s, 'erased', 'nothing')",
        person_key(SOMEBODY),
    )
    assert read(bank) == []
    assert read(bank, 12) == []


def test_every_customer_id_of_a_person_sees_the_same_rows(home: Settings, bank: Database) -> None:
    join_persons(bank, 12, SOMEBODY)
    publish(home, bank, "second")
    mine, alias = read(bank), read(bank, 12)
    assert mine
    assert [{**row, "customer_id": ""} for row in alias] == [{**row, "customer_id": ""} for row in mine]
    with bank.connect("downstream") as connection:
        assert read_eliminations(connection, customer_id(12)) == read_eliminations(connection, customer_id(SOMEBODY))


@pytest.mark.parametrize(
    ("role", "query"),
    [
        ("downstream", "select * from identity.customers"),
        ("downstream", "select * from identity.published_customers"),
        ("downstream", "select * from identity.current_customers"),
        ("downstream", "select * from serving.shown_customers"),
        ("downstream", "select * from serving.refused_purposes"),
        ("downstream", "select serving.publish_customers(1)"),
        ("downstream", "select * from raw.customers"),
        ("downstream", "select * from marts.dim_customers"),
        ("downstream", "select * from serving.recommendation_rows"),
        ("downstream", "select * from serving.recommendation_rows_p1"),
        ("downstream", "select * from serving.elimination_rows"),
        ("downstream", "select * from serving.elimination_sets"),
        ("downstream", "select * from serving.publication_products"),
        ("downstream", "select * from ops.eliminations"),
        ("engineer", "select * from serving.eliminations"),
        ("officer", "select * from serving.eliminations"),
        ("downstream", "select * from ops.suppressions"),
        ("downstream", "update serving.current_publication set publication_id = 1"),
        ("publisher", "select * from identity.customers"),
        ("publisher", "select * from identity.published_customers"),
        ("publisher", "select * from raw.customers"),
        ("publisher", "select customer_id from serving.recommendations"),
        ("training", "select * from serving.recommendation_rows"),
        ("transform", "select * from serving.recommendation_rows_p1"),
        ("ingest", "select * from serving.recommendations"),
        ("engineer", "select * from serving.recommendations"),
    ],
)
def test_role_is_refused_what_is_not_its_own(bank: Database, role: str, query: str) -> None:
    with bank.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(query.encode())


def test_sample_is_of_customers_who_are_told_in_the_language_that_is_asked_for(home: Settings, bank: Database) -> None:
    reading_german = person_key(SOMEBODY)
    with bank.connect("transform") as connection:
        connection.execute("update marts.dim_customers set language = 'de' where person_key = %s", [reading_german])
    publish(home, bank, "second")
    with bank.connect("downstream") as connection:
        german, english = (read_sample(connection, 3, language) for language in ("de", "en"))
    assert {row["customer_id"] for row in german} == {customer_id(SOMEBODY)}
    assert len({row["customer_id"] for row in english}) > 1
    assert {row["language"] for row in english} == {"en"}


def test_lookup_of_one_customer_scans_no_table(bank: Database) -> None:
    with bank.connect("admin") as connection:
        # A small table would be read whole whatever its keys.
        connection.execute("set local enable_seqscan = off")
        lines = connection.execute(
            "explain select * from serving.recommendations where customer_id = %s", [customer_id(SOMEBODY)]
        ).fetchall()
    plan = "\n".join(line[0] for line in lines)
    read_whole = set(re.findall(r"Seq Scan on (?:\w+\.)?(\w+)", plan))
    assert not read_whole & {"recommendation_rows_p1", "published_customers", "customers", "suppressions", "consents"}
    assert "Index Scan using recommendation_rows_p1_pkey" in plan
    assert "Index Scan using published_customers_pkey" in plan
