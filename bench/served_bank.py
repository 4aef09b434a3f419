"""A made-up bank in the tables that are served: customers with their consents, and publications to be read."""

from __future__ import annotations

import hashlib
import uuid

import pyarrow as pa

from bench.made_bank import AS_OF, BLOCK, N_PRODUCTS, TOP_N, made_adviser, made_catalogue, made_customers
from bench.publishing import begin, recommended, switch
from recsys.io.decision_facts import DecisionWriter
from recsys.io.partitions import seal_partitions
from recsys.io.postgres import Connection, Database
from recsys.io.publication_catalogue import write_publication_products
from recsys.io.publication_eliminations import write_elimination_sets
from recsys.io.publication_rows import write_block
from recsys.io.publications import mark_checked, publish_customers
from recsys.io.runs import run_of
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.eliminations import EliminationSets
from recsys.settings import Settings
from recsys.steps.runner import start_run

_PRODUCT_IDS = made_catalogue().product_ids
# What a lookup goes through beside the partitions, which are analyzed when they are sealed.
_TABLES = (
    "identity.customers",
    "identity.published_customers",
    "raw.consents",
    "ops.feedback",
    "ops.suppressions",
    "serving.products",
    "serving.reasons",
    "serving.publications",
)


def make_bank(settings: Settings, database: Database, n: int) -> int:
    """`n` customers of whom every hundredth has objected and is shown what is popular, with a first publication."""
    start_run(run_of("bench", "bench", AS_OF, TOP_N, "never"), settings)
    with database.connect("admin") as connection:
        _make_customers(connection, n)
        _make_products(connection, made_catalogue())
        _make_refusals(connection, n)
    publication_id = write_publication(database, n, seed=7)
    publish(database, publication_id)
    with database.connect("admin", autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(f"vacuum analyze {table}".encode())
        connection.execute("checkpoint")
    return publication_id


def write_publication(database: Database, n: int, seed: int) -> int:
    """A publication of all `n` customers that stands aside, by the champion of `seed`; its id."""
    catalogue = made_catalogue()
    adviser = made_adviser(made_customers(min(n, BLOCK)), catalogue, seed)
    sets = EliminationSets(catalogue)
    with database.connect("publisher") as connection:
        publication_id = begin(connection, adviser)
        write_publication_products(connection, publication_id, catalogue)
        decisions = DecisionWriter(connection, publication_id)
        for first in range(0, n, BLOCK):
            persons = _with_keys(made_customers(min(BLOCK, n - first), seed + first, first), first)
            block = recommended(adviser, persons)
            keys = persons["person_key"].combine_chunks()
            write_block(connection, publication_id, keys, block, sets.number(block.mask), catalogue)
            decisions.write(persons)
        write_elimination_sets(connection, publication_id, sets)
        seal_partitions(connection, publication_id)
        mark_checked(connection, publication_id, {})
    return publication_id


def publish(database: Database, publication_id: int) -> None:
    """Let readers see it, in the two transactions of `publish_recommendations`."""
    with database.connect("publisher") as connection:
        publish_customers(connection, publication_id)
    switch(database, publication_id)


def customer_key(number: int) -> str:
    """The key of a customer and of the person: without an order, as hashes have none."""
    return str(uuid.UUID(hashlib.md5(str(number).encode()).hexdigest()))


def refuses_marketing(number: int) -> bool:
    """Who is not shown what needs that consent, since the word that counts is a refusal."""
    return number % 3 == 0


def refused_product(number: int) -> str | None:
    """What a customer said no to ten days ago, as every fifth did, each to one of the products in turn."""
    return None if number % 5 else _PRODUCT_IDS[number % N_PRODUCTS]


def _with_keys(persons: pa.Table, first: int) -> pa.Table:
    keys = [customer_key(number) for number in range(first, first + len(persons))]
    return persons.set_column(0, "person_key", pa.array(keys, pa.string())).combine_chunks()


def _make_customers(connection: Connection, n: int) -> None:
    connection.execute(
        """
        insert into identity.customers (customer_key, customer_id, person_key, match_rule, load_id)
        select md5(number::text)::uuid, 'C' || lpad(number::text, 8, '0'), md5(number::text)::uuid, 'self', 'bench'
        from generate_series(0, %s - 1) as number
        """,
        [n],
    )
    connection.execute(
        """
        insert into raw.consents (customer_key, purpose, is_granted, recorded_at)
        select md5(number::text)::uuid, purpose, number %% 3 > 0 or purpose = 'profiling', timestamptz '2026-01-01'
        from generate_series(0, %s - 1) as number, unnest(array['profiling', 'marketing']) as purpose
        """,
        [n],
    )
    connection.execute(
        """
        insert into ops.suppressions (customer_key, reason, serves, since)
        select md5(number::text)::uuid, 'objected', 'popular', timestamptz '2026-01-01'
        from generate_series(0, %s - 1, 100) as number
        """,
        [n],
    )


def _make_refusals(connection: Connection, n: int) -> None:
    connection.execute(
        """
        insert into ops.feedback (
            customer_key, product_id, kind, reason, channel, occurred_at, actor_role, request_hash, body_hash, item
        )
        select
            md5(number::text)::uuid, (%s::text[])[1 + number %% %s], 'dismissed', 'not_interested', 'app',
            now() - interval '10 days', 'customer', md5('request' || number)::uuid, md5('body' || number)::uuid, 0
        from generate_series(0, %s - 1, 5) as number
        """,
        [list(_PRODUCT_IDS), N_PRODUCTS, n],
    )


def _make_products(connection: Connection, catalogue: Catalogue) -> None:
    for product in catalogue.products:
        connection.execute(
            """
            insert into serving.products (product_id, product_name, category, withdrawn_at, consent_purpose)
            values (%s, %s, %s, %s, %s)
            """,
            [
                product.product_id,
                product.product_name,
                product.category,
                product.withdrawn_date,
                product.consent_purpose,
            ],
        )
