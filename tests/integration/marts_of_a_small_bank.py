"""Marts as dbt would build them, for tests that begin behind dbt: its own column contracts, filled by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml
from psycopg import sql

from recsys.features.encoder import CustomerEncoder, fit_encoder
from recsys.io.postgres import Connection, Database
from recsys.io.runs import run_of
from recsys.models.bundle import Bundle, bundle_of
from recsys.models.popularity import PopularityRecipe, PopularityRecommender
from recsys.settings import PROJECT, Settings
from recsys.steps.context import StepContext
from recsys.steps.registry import find_step
from recsys.steps.runner import start_run
from recsys.types import no_progress

AS_OF = date(2026, 6, 30)
N_PERSONS = 40
# Allowed, refused, never asked.
ASKED_FOR_PARTNERS: tuple[dict[str, Any], ...] = (
    {"granted_purposes": ["third_party"], "granted_at": [datetime(2026, 1, 1, tzinfo=UTC)]},
    {"refused_purposes": ["third_party"]},
    {},
)
# A card long ago, a fund not so.
REFUSED = [date(2026, 1, 1), date(2026, 6, 1)]

PRODUCTS: tuple[dict[str, Any], ...] = (
    {"product_id": "account", "category": "account"},
    {"product_id": "card", "category": "card", "requires": ["account"], "min_age": 18},
    {"product_id": "cover", "category": "insurance", "consent_purpose": "third_party"},
    {"product_id": "fund", "category": "fund", "risk_class": 4, "min_horizon_years": 3},
    {"product_id": "loan", "category": "loan", "min_annual_income": 20_000, "max_age": 70},
    {"product_id": "old", "category": "savings", "withdrawn_date": date(2026, 1, 1)},
    {"product_id": "savings", "category": "savings", "countries": ["AT", "DE"]},
    {
        "product_id": "student",
        "category": "account",
        "excludes": ["account"],
        "negative_segments": ["private"],
        "max_in_category": 1,
    },
)


def person_key(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def customer_id(number: int) -> str:
    return f"C{number:04d}"


def person(number: int) -> dict[str, Any]:
    """Somebody whose attributes follow from their number; every seventh has not allowed profiling."""
    knows_survey = number % 3 > 0
    return {
        "person_key": person_key(number),
        "status": "closed" if number % 20 == 19 else "active",
        "birth_year": 1940 + number * 2 if number % 11 else None,
        "country": ("AT", "DE", "CH", None)[number % 4],
        "segment": ("retail", "private", None)[number % 3],
        "annual_income": 10_000 + 1_500 * number,
        "is_in_arrears": number % 13 == 0,
        "has_profiling_consent": number % 7 > 0,
        "risk_tolerance": number % 7 + 1 if knows_survey else None,
        "knowledge_level": 3 if knows_survey else None,
        "loss_capacity": 3 if knows_survey else None,
        "horizon_years": number % 10 if knows_survey else None,
        "answered_date": AS_OF if knows_survey else None,
        **ASKED_FOR_PARTNERS[number % 3],
        **({"refused_product_ids": ["card", "fund"], "refused_dates": REFUSED} if number % 8 == 2 else {}),
    }


def held_by(number: int) -> list[str]:
    return sorted({"account"} if number % 2 else set()) + (["savings"] if number % 5 == 0 else [])


def build_marts(database: Database, n_persons: int = N_PERSONS) -> None:
    """Create and fill the marts that scoring reads, as dbt's role."""
    people = [person(number) for number in range(n_persons)]
    features = [
        {
            **people[number],
            "feature_date": AS_OF,
            "n_holdings": len(held_by(number)),
            "held_product_ids": held_by(number),
        }
        for number in range(n_persons)
    ]
    products = [{"product_name": item["product_id"].title(), **item} for item in PRODUCTS]
    with database.connect("transform") as connection:
        create_mart(connection, "dim_customers", people)
        create_mart(connection, "dim_products", products)
        create_mart(connection, "feat_customers", features)
        create_mart(connection, "feat_customer_spending", [])
    with database.connect("ingest") as connection:
        for number in range(n_persons):
            connection.execute(
                """
                insert into identity.customers (customer_key, customer_id, person_key, match_rule, load_id)
                values (%s, %s, %s, 'self', 'test')
                """,
                [person_key(number), customer_id(number), person_key(number)],
            )


def begin_run(settings: Settings, database: Database, run_id: str) -> None:
    """A run whose marts have been built from its feed and checked."""
    start_run(run_of(run_id, "test", AS_OF, 3, "never"), settings)
    with database.connect("ingest") as connection:
        connection.execute(
            """
            insert into ops.feeds (
                run_id, location, fingerprint, as_of, name, currency, mode, history, legal_basis, table_counts, state,
                anonymised_at
            )
            values (%s, 'test', 'test', %s, 'Test bank', 'EUR', 'full', 'events', 'consent', '{}', 'anonymised', now())
            on conflict do nothing
            """,
            [run_id, AS_OF],
        )
        for step in ("build_marts", "check_marts"):
            connection.execute(
                "insert into ops.step_runs (run_id, step, state) values (%s, %s, 'succeeded')", [run_id, step]
            )


def context_of(settings: Settings, database: Database, run_id: str, step: str) -> StepContext:
    run = run_of(run_id, "test", AS_OF, 3, "never")
    return StepContext(run, settings, database, find_step(step).role, no_progress)


def popular_products(
    order: Sequence[str] = ("fund", "savings", "loan", "card", "student", "account", "cover", "old"),
) -> Bundle:
    """A real model that was not trained: products are popular in this order."""
    encoder = small_encoder()
    scores = np.array([-order.index(product_id) for product_id in encoder.product_ids], dtype=np.float32)
    model = PopularityRecommender(encoder.product_ids, scores)
    return bundle_of(model, model, encoder, PopularityRecipe())


def small_encoder() -> CustomerEncoder:
    rows = pa.table(
        {
            "person_key": [person_key(number) for number in range(N_PERSONS)],
            "annual_income": [float(person(number)["annual_income"]) for number in range(N_PERSONS)],
            "held_product_ids": pa.array([held_by(number) for number in range(N_PERSONS)], pa.list_(pa.string())),
        }
    )
    return fit_encoder(rows, [item["product_id"] for item in PRODUCTS])


def create_mart(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = _contract()[table]
    connection.execute(
        sql.SQL("create table marts.{} ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns.items()
            ),
        )
    )
    insert = sql.SQL("insert into marts.{} values ({})").format(
        sql.Identifier(table), sql.SQL(", ").join([sql.Placeholder()] * len(columns))
    )
    for row in rows:
        connection.execute(insert, [row.get(name) for name in columns])


def _contract() -> dict[str, dict[str, str]]:
    """Columns and types of every mart, from dbt's contracts."""
    folder: Path = PROJECT / "dbt_project" / "models" / "marts"
    models = [model for path in folder.glob("*.yml") for model in yaml.safe_load(path.read_text())["models"]]
    return {model["name"]: {column["name"]: column["data_type"] for column in model["columns"]} for model in models}
