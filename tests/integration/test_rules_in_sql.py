"""The rules in SQL and the predicates refuse the same pairs, rule by rule, also on data that no bank should deliver."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from recsys.io.arrow_copy import write_table
from recsys.io.partitions import ROWS, create_partitions, partition
from recsys.io.postgres import Database
from recsys.io.publications import create_publication
from recsys.io.rule_facts import read_catalogue, read_rule_facts
from recsys.io.rules_in_sql import BROKEN_WHERE, count_broken_rules
from recsys.ranking.eligibility import eliminate, refused_by
from recsys.ranking.facts import build_rule_facts
from recsys.settings import Settings

from .marts_of_a_small_bank import begin_run, create_mart, person_key

N_PERSONS, N_PRODUCTS = 150, 30
AS_OF = date(2026, 6, 30)
HELD = (*[f"p{number:02d}" for number in range(N_PRODUCTS)], "gone", 'Ä\\"{},')
PURPOSES = ("profiling", "marketing", "marketing_email", "third_party")
WORDS = ("active", "retail", "AT", "at", "closed", "")
REFUSING = ("objected", "consent_withdrawn")


def maybe(draw: random.Random, *values: Any) -> Any:
    return draw.choice([None, *values])


def near(draw: random.Random) -> date:
    return AS_OF - timedelta(days=draw.choice([0, 1, -1, 89, 90, 91, 730, 731, -400]))


def some(draw: random.Random, values: tuple[str, ...], most: int = 3) -> list[str] | None:
    return draw.sample(values, draw.randint(0, most)) or None


def hostile_product(draw: random.Random, number: int) -> dict[str, Any]:
    """Limits against each other and against themselves: requires and excludes itself, from 66 to 17 years."""
    return {
        "product_id": HELD[number],
        "product_name": f"Product {number}",
        "category": draw.choice(["account", "loan", "fund"]),
        "risk_class": maybe(draw, -1, 3, 7),
        "min_age": maybe(draw, 0, 18, 66, 120),
        "max_age": maybe(draw, 0, 17, 65, 120),
        "min_annual_income": maybe(draw, 0, 15_000),
        "min_horizon_years": maybe(draw, 0, 5),
        "min_knowledge_level": maybe(draw, 0, 3),
        "min_loss_capacity": maybe(draw, 0, 3),
        "countries": some(draw, WORDS),
        "target_segments": some(draw, WORDS),
        "negative_segments": some(draw, WORDS),
        "requires": some(draw, HELD),
        "excludes": some(draw, HELD),
        "max_in_category": maybe(draw, 0, 1, 2),
        "cooling_off_days": maybe(draw, 0, 90, 365),
        "consent_purpose": maybe(draw, *PURPOSES),
        "launched_date": maybe(draw, near(draw)),
        "withdrawn_date": maybe(draw, near(draw)),
    }


def hostile_person(draw: random.Random, number: int) -> dict[str, Any]:
    refused = some(draw, HELD)
    granted = some(draw, PURPOSES)
    return {
        "person_key": person_key(number),
        "status": maybe(draw, *WORDS),
        "birth_year": maybe(draw, 1900, 1960, 1961, 2007, 2008, 2027),
        "birth_year_to": maybe(draw, 1900, 1961, 2008),
        "country": maybe(draw, *WORDS),
        "segment": maybe(draw, *WORDS),
        "annual_income": maybe(draw, -1, 0, 14_999.99, 15_000),
        "is_in_arrears": maybe(draw, True, False),
        "has_profiling_consent": draw.choice([True, False]),
        "risk_tolerance": maybe(draw, 2, 3, 7),
        "knowledge_level": maybe(draw, 0, 3),
        "loss_capacity": maybe(draw, 0, 2),
        "horizon_years": maybe(draw, 0, 4, 5),
        "answered_date": maybe(draw, near(draw)),
        "granted_purposes": granted,
        "granted_at": granted and [datetime(2026, draw.randint(1, 5), 1, tzinfo=UTC) for _ in granted],
        "refused_purposes": draw.choice([None, None, ["profiling"], ["third_party"]]),
        "refused_product_ids": refused,
        "refused_dates": refused and [near(draw) for _ in refused],
    }


def build_hostile_marts(database: Database, seed: int) -> None:
    draw = random.Random(seed)
    people = [hostile_person(draw, number) for number in range(N_PERSONS)]
    products = [hostile_product(draw, number) for number in range(N_PRODUCTS)]
    with database.connect("transform") as connection:
        create_mart(connection, "dim_customers", people)
        create_mart(connection, "dim_products", products)
        held = [{**one, "feature_date": AS_OF, "held_product_ids": some(draw, HELD, 6) or []} for one in people]
        create_mart(connection, "feat_customers", held)
    with database.connect("admin") as connection:
        for number in range(0, N_PERSONS, 4):
            connection.execute(
                "insert into ops.suppressions (customer_key, reason, serves) values (%s, %s, %s)",
                [person_key(number), draw.choice(REFUSING), draw.choice(["nothing", "popular"])],
            )
        for number in range(0, N_PERSONS, 3):
            connection.execute(
                "insert into ops.consents (customer_key, purpose, is_granted, recorded_at, channel)"
                " values (%s, %s, %s, %s, 'app')",
                [
                    person_key(number), draw.choice(PURPOSES), draw.random() < 0.3,
                    datetime(2026, draw.randint(1, 6), 1, tzinfo=UTC),
                ],
            )  # fmt: skip


@pytest.mark.parametrize(("seed", "on_objection"), [(1, "popular"), (2, "nothing"), (3, "popular")])
def test_sql_refuses_what_the_predicates_refuse_on_hostile_data(
    home: Settings, database: Database, seed: int, on_objection: str
) -> None:
    build_hostile_marts(database, seed)
    begin_run(home, database, "hostile")
    with database.connect("publisher") as connection:
        catalogue = read_catalogue(connection, cooling_off_days=90)
        (persons,) = read_rule_facts(connection, AS_OF, N_PERSONS, on_objection=on_objection)
        mask = eliminate(build_rule_facts(persons, catalogue), catalogue, AS_OF)
        refused = {pairs.rule: int(pairs.is_refused.sum()) for pairs in refused_by(mask)}
        publication_id = create_publication(
            connection,
            "hostile",
            model_name="m",
            model_version="1",
            rules_version="1",
            adjustments={},
            as_of=AS_OF,
            top_n=N_PRODUCTS,
        )
        create_partitions(connection, publication_id)
        # Everything to everybody.
        write_table(connection, partition(ROWS, publication_id), pa.table({
            "person_key": np.repeat(persons["person_key"].to_numpy(), N_PRODUCTS),
            "rank": np.tile(np.arange(1, N_PRODUCTS + 1), N_PERSONS),
            "product_id": np.tile(np.array(catalogue.product_ids, dtype=object), N_PERSONS),
            "score": np.zeros(N_PERSONS * N_PRODUCTS),
            "reason_ids": pa.array(["{}"] * (N_PERSONS * N_PRODUCTS)),
        }))  # fmt: skip
        broken = count_broken_rules(connection, publication_id, AS_OF, cooling_off_days=90, on_objection=on_objection)
        connection.rollback()
    assert broken == {rule: refused.get(rule, 0) for rule in BROKEN_WHERE}
    assert {rule for rule, n_broken in broken.items() if not n_broken} == {"unknown_product", "unknown_person"}
