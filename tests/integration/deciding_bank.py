"""A small bank whose customers decide about their data: what is published of it, and what readers see."""

from __future__ import annotations

from typing import Any

from recsys.io.postgres import Database
from recsys.io.serving import Elimination, read_eliminations, read_recommendations
from recsys.privacy.keys import customer_keys
from recsys.settings import Settings
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication

from .marts_of_a_small_bank import begin_run, build_marts, context_of, customer_id, popular_products

SOMEBODY = 17


def make_bank(home: Settings, database: Database) -> Database:
    """A bank with one publication, whose keys are those that the installation computes."""
    build_marts(database)
    key = database.secrets.key("pseudonym_key")
    with database.connect("admin") as connection:
        for number in range(40):
            wanted = str(customer_keys([customer_id(number)], key)[0])
            connection.execute(
                """
                with was as (select customer_key from identity.customers where customer_id = %(id)s),
                customers as (
                    update identity.customers set customer_key = %(key)s, person_key = %(key)s
                    where customer_id = %(id)s
                ),
                persons as (
                    update marts.dim_customers set person_key = %(key)s where person_key in (select * from was)
                )
                update marts.feat_customers set person_key = %(key)s where person_key in (select * from was)
                """,
                {"id": customer_id(number), "key": wanted},
            )
        connection.execute(
            """
            insert into raw.customer_links (customer_key, person_key, match_rule)
            select customer_key, person_key, match_rule from identity.customers
            """
        )
    publish(home, database, "first")
    return database


def publish(home: Settings, database: Database, run_id: str) -> None:
    score(home, database, run_id)
    with database.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked' where state = 'building'")
    publish_recommendations(context_of(home, database, run_id, "publish_recommendations"))


def score(home: Settings, database: Database, run_id: str) -> int:
    begin_run(home, database, run_id)
    result = build_publication(context_of(home, database, run_id, "score_customers"), popular_products(), run_id)
    publication_id = result.details["publication_id"]
    assert isinstance(publication_id, int)
    return publication_id


def read(bank: Database, number: int = SOMEBODY) -> list[dict[str, Any]]:
    with bank.connect("downstream") as connection:
        return read_recommendations(connection, customer_id(number))


def refusals(bank: Database, number: int = SOMEBODY) -> list[Elimination]:
    with bank.connect("downstream") as connection:
        return read_eliminations(connection, customer_id(number))


def join_persons(bank: Database, alias: int, number: int) -> None:
    with bank.connect("admin") as connection:
        for table in ("identity.customers", "raw.customer_links"):
            connection.execute(
                f"""
                update {table} set person_key = (select customer_key from identity.customers where customer_id = %s)
                where customer_key = (select customer_key from identity.customers where customer_id = %s)
                """.encode(),
                [customer_id(number), customer_id(alias)],
            )


def person_of(bank: Database, number: int) -> str:
    key = bank.secrets.key("pseudonym_key")
    return str(customer_keys([customer_id(number)], key)[0])


def profiled(bank: Database, publication_id: int, number: int = SOMEBODY) -> set[bool]:
    """Whether the rows of somebody come from a profile; empty where there are none."""
    with bank.connect("publisher") as connection:
        rows = connection.execute(
            """
            select reason_ids <> all(
                select array[reason_id] from serving.reasons
                where publication_id = %(publication_id)s and code like 'unprofiled:%%'
            )
            from serving.recommendation_rows
            where publication_id = %(publication_id)s and person_key = %(person_key)s
            """,
            {"publication_id": publication_id, "person_key": person_of(bank, number)},
        ).fetchall()
    return {row[0] for row in rows}
