from __future__ import annotations

from typing import Any

import psycopg
import pytest

from recsys.errors import NotFoundError
from recsys.io.postgres import Database
from recsys.io.serving import read_advice, read_eliminations, read_recommendations
from recsys.settings import Settings
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication

from .marts_of_a_small_bank import begin_run, build_marts, context_of, customer_id, person_key, popular_products

SOMEBODY = 17


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    """A bank with one publication."""
    build_marts(database)
    begin_run(home, database, "first")
    build_publication(context_of(home, database, "first", "score_customers"), popular_products(), "1")
    with database.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked'")
    publish_recommendations(context_of(home, database, "first", "publish_recommendations"))
    return database


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
    refused = {name for products in eliminations.values() for name in products}
    assert "old" in eliminations["withdrawn_or_not_launched"]
    assert not refused & {row["product_id"] for row in recommendations}


@pytest.mark.parametrize("reason", ["erased", "objected", "consent_withdrawn"])
def test_suppressed_person_disappears_at_once(bank: Database, reason: str) -> None:
    assert read(bank)
    change(bank, "insert into ops.suppressions (person_key, reason) values (%s, %s)", person_key(SOMEBODY), reason)
    assert read(bank) == []
    with bank.connect("downstream") as connection, pytest.raises(NotFoundError, match="Nothing is published"):
        read_advice(connection, customer_id(SOMEBODY))


def test_product_that_is_withdrawn_today_disappears_today(bank: Database) -> None:
    first = read(bank)[0]["product_id"]
    change(bank, "update serving.products set withdrawn_at = current_date where product_id = %s", first)
    assert first not in {row["product_id"] for row in read(bank)}
    change(bank, "update serving.products set withdrawn_at = current_date + 1 where product_id = %s", first)
    assert first in {row["product_id"] for row in read(bank)}


def test_expired_publication_is_not_served(bank: Database) -> None:
    change(bank, "update serving.publications set valid_until = now()")
    assert read(bank) == []


def test_every_customer_id_of_a_person_sees_the_same_rows(bank: Database) -> None:
    change(
        bank,
        "update identity.customers set person_key = %s where customer_id = %s",
        person_key(SOMEBODY),
        customer_id(12),
    )
    mine, alias = read(bank), read(bank, 12)
    assert mine
    assert [{**row, "customer_id": ""} for row in alias] == [{**row, "customer_id": ""} for row in mine]
    with bank.connect("downstream") as connection:
        assert read_eliminations(connection, customer_id(12)) == read_eliminations(connection, customer_id(SOMEBODY))


@pytest.mark.parametrize(
    ("role", "query"),
    [
        ("downstream", "select * from identity.customers"),
        ("downstream", "select * from raw.customers"),
        ("downstream", "select * from marts.dim_customers"),
        ("downstream", "select * from serving.recommendation_rows"),
        ("downstream", "select * from serving.recommendation_rows_p1"),
        ("downstream", "select * from serving.elimination_rows"),
        ("downstream", "select * from ops.suppressions"),
        ("downstream", "update serving.current_publication set publication_id = 1"),
        ("publisher", "select * from identity.customers"),
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


def test_lookup_of_one_customer_scans_no_table(bank: Database) -> None:
    with bank.connect("admin") as connection:
        # A small table would be read whole whatever its keys.
        connection.execute("set local enable_seqscan = off")
        lines = connection.execute(
            "explain select * from serving.recommendations where customer_id = %s", [customer_id(SOMEBODY)]
        ).fetchall()
    plan = "\n".join(line[0] for line in lines)
    assert "Index Scan using recommendation_rows_p1_pkey" in plan
    assert "Index Scan using customers_customer_id_key" in plan
