"""Marts with dated openings in which there is something to learn: each segment opens products of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import yaml
from psycopg import sql
from psycopg.types.json import Jsonb

from recsys.evaluation.feature_dates import plan_feature_dates
from recsys.evaluation.splits import plan_split
from recsys.io.postgres import Connection, Database
from recsys.io.runs import run_of
from recsys.settings import PROJECT, Settings
from recsys.steps.runner import start_run

AS_OF = date(2026, 6, 30)
FIRST_OPENING = AS_OF - timedelta(days=400)
FEATURE_DATES = plan_feature_dates(plan_split(AS_OF, "events", FIRST_OPENING, 7), AS_OF, FIRST_OPENING)
PRODUCT_IDS = tuple(f"product_{number:02d}" for number in range(12))
MARTS = ("dim_customers", "dim_products", "feat_products", "feat_customers", "feat_customer_spending", "fct_holdings")


def person_key(number: int) -> str:
    # Keys are hashes in life: their order says nothing about a person.
    return f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012d}"


def build_marts(database: Database, n_persons: int = 300) -> None:
    """Create and fill the marts that training reads, as dbt's role."""
    holdings = _holdings(n_persons)
    products = [{"product_id": one, "product_name": one.title(), "category": _category(one)} for one in PRODUCT_IDS]
    flags = ("has_fee", "is_investment", "has_income_limit", "has_age_limit", "has_required_product")
    rows: dict[str, Sequence[Mapping[str, Any]]] = {
        "dim_customers": [_person(number) for number in range(n_persons)],
        "dim_products": products,
        "feat_products": [{**one, **dict.fromkeys(flags, False)} for one in products],
        "feat_customers": _features(n_persons, holdings),
        "feat_customer_spending": [],
        "fct_holdings": holdings,
    }
    with database.connect("transform") as connection:
        for table in MARTS:
            _create(connection, table, rows[table])


def begin_run(
    settings: Settings,
    database: Database,
    run_id: str,
    train: str = "auto",
    as_of: date = AS_OF,
    first_opening: date = FIRST_OPENING,
) -> None:
    """A run whose marts have been built from its feed and checked."""
    start_run(run_of(run_id, "test", as_of, 3, train), settings)
    split = plan_split(as_of, "events", first_opening, settings.seed)
    with database.connect("ingest") as connection:
        connection.execute(
            """
            insert into ops.feeds (
                run_id, location, fingerprint, as_of, name, currency, mode, history, legal_basis, table_counts, state,
                anonymised_at
            )
            values (%s, 'test', 'abc', %s, 'Test bank', 'EUR', 'full', 'events', 'consent', '{}', 'anonymised', now())
            """,
            [run_id, as_of],
        )
        for step in ("build_marts", "check_marts"):
            connection.execute(
                "insert into ops.step_runs (run_id, step, state, details) values (%s, %s, 'succeeded', %s)",
                [run_id, step, Jsonb({"split": split.to_json()} if step == "build_marts" else {})],
            )


def _segment(number: int) -> int:
    return number % 4


def _category(product_id: str) -> str:
    return f"category_{int(product_id[-2:]) // 3}"


def _person(number: int) -> dict[str, Any]:
    """Every tenth has not allowed profiling."""
    return {
        "person_key": person_key(number),
        "segment": f"segment_{_segment(number)}",
        "has_profiling_consent": number % 10 > 0,
        "is_point_in_time": True,
    }


def _holdings(n_persons: int) -> list[dict[str, Any]]:
    """Three products each, four times out of five of the segment's own three."""
    generator = np.random.default_rng(3)
    rows = []
    for number in range(n_persons):
        liking = np.full(len(PRODUCT_IDS), 0.2 / 9)
        liking[_segment(number) * 3 : _segment(number) * 3 + 3] = 0.8 / 3
        for product in generator.choice(len(PRODUCT_IDS), 3, replace=False, p=liking):
            opened = FIRST_OPENING + timedelta(days=int(generator.integers(0, 401)))
            rows.append({"person_key": person_key(number), "product_id": PRODUCT_IDS[product], "opened_date": opened})
    return [{**row, "is_opened_date_assumed": False} for row in rows]


def _features(n_persons: int, holdings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    held: dict[str, list[tuple[date, str]]] = {}
    for row in holdings:
        held.setdefault(row["person_key"], []).append((row["opened_date"], row["product_id"]))
    return [
        {
            "person_key": person_key(number),
            "feature_date": day,
            "segment": f"segment_{_segment(number)}",
            "annual_income": 20_000 + 100 * number,
            "held_product_ids": sorted(product for opened, product in held[person_key(number)] if opened <= day),
        }
        for day in FEATURE_DATES
        for number in range(n_persons)
    ]


def _create(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A mart with the columns of dbt's own contract."""
    folder = PROJECT / "dbt_project" / "models" / "marts"
    models = [model for path in folder.glob("*.yml") for model in yaml.safe_load(path.read_text())["models"]]
    columns = next(model["columns"] for model in models if model["name"] == table)
    connection.execute(
        sql.SQL("create table marts.{} ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.Identifier(one["name"]) + sql.SQL(" " + one["data_type"]) for one in columns),
        )
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("copy marts.{} from stdin").format(sql.Identifier(table))) as copy,
    ):
        for row in rows:
            copy.write_row([row.get(one["name"]) for one in columns])
