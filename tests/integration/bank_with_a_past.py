"""A bank in `raw` with dated rows of every table on both sides of one day, and something to be learned from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from psycopg.types.json import Jsonb

from recsys.io.postgres import Database

from .raw_bank import write_rows

Rows: TypeAlias = dict[str, list[dict[str, Any]]]

DAY = date(2025, 12, 31)
END = date(2026, 2, 28)
FIRST = date(2024, 9, 1)
N_CUSTOMERS, N_PRODUCTS = 160, 10
PRODUCTS = tuple(f"product_{number}" for number in range(N_PRODUCTS))
LAUNCHED_LATER, WITHDRAWN_LATER = PRODUCTS[-1], PRODUCTS[-2]


def customer_key(number: int) -> UUID:
    # Keys are hashes in life: their order says nothing about a customer.
    return UUID(f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012d}")


def whole_bank() -> Rows:
    """Everything that the bank knows on its last day."""
    generator = np.random.default_rng(11)
    rows: Rows = {name: [] for name in ("customers", "products", "holdings", "transactions", "surveys", "consents")}
    rows |= {"interactions": [], "customer_links": []}
    rows["products"] = [_product(product_id) for product_id in PRODUCTS]
    for number in range(N_CUSTOMERS):
        _add_customer(rows, number, generator)
    return rows


def known_by(rows: Rows, day: date) -> Rows:
    """What a feed of `day` would have held: nothing of later, and nothing of whom and what there was not yet."""
    customers = [row for row in rows["customers"] if max(row["registered_at"], row["valid_from"]) <= day]
    keys = {row["customer_key"] for row in customers}
    products = [_ended_by(row, "withdrawn_at", day) for row in rows["products"] if (row["launched_at"] or day) <= day]
    ids = {row["product_id"] for row in products}

    def of_them(table: str, is_known: Callable[[Mapping[str, Any]], bool]) -> list[dict[str, Any]]:
        return [row for row in rows[table] if row["customer_key"] in keys and is_known(row)]

    holdings = of_them("holdings", lambda row: row["opened_at"] <= day and row["product_id"] in ids)
    return {
        "customers": customers,
        "products": products,
        "holdings": [_ended_by(row, "closed_at", day) for row in holdings],
        "transactions": of_them("transactions", lambda row: row["booked_at"].date() <= day),
        "surveys": of_them("surveys", lambda row: row["answered_at"].date() <= day),
        # A refusal counts whenever it was given.
        "consents": of_them("consents", lambda row: row["recorded_at"].date() <= day or not row["is_granted"]),
        "interactions": of_them("interactions", lambda row: row["occurred_at"].date() <= day),
        "customer_links": of_them("customer_links", lambda row: True),
    }


def write_bank(database: Database, rows: Rows, run_id: str, as_of: date) -> None:
    """`rows` in `raw`, as the feed of a run that has come so far."""
    with database.connect("ingest") as connection:
        connection.execute("insert into ops.runs (run_id, feed, top_n, train) values (%s, 'feed', 5, 'auto')", [run_id])
        connection.execute("insert into ops.current_run (run_id) values (%s)", [run_id])
        connection.execute(
            """
            insert into ops.feeds (
                run_id, location, fingerprint, as_of, name, currency, mode, history, legal_basis, table_counts, state,
                anonymised_at
            )
            values (%s, 'feed', 'f', %s, 'past', 'EUR', 'full', 'events', 'consent', %s, 'anonymised', now())
            """,
            [run_id, as_of, Jsonb({})],
        )
        for table, of_table in rows.items():
            write_rows(connection, table, *of_table)


def _product(product_id: str) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "product_name": product_id.title(),
        "category": f"category_{PRODUCTS.index(product_id) // 3}",
        "launched_at": DAY + timedelta(days=10) if product_id == LAUNCHED_LATER else None,
        "withdrawn_at": DAY + timedelta(days=20) if product_id == WITHDRAWN_LATER else None,
    }


def _add_customer(rows: Rows, number: int, generator: np.random.Generator) -> None:
    """Each segment likes products of its own; every eighth customer comes after the day, and every ninth moves up."""
    key, segment = customer_key(number), number % 4
    registered = DAY + timedelta(days=5 + number % 40) if number % 8 == 7 else FIRST
    base = {"customer_key": key, "registered_at": registered, "status": "active", "country": "AT", "birth_year": 1980}
    version = {**base, "valid_from": registered, "segment": f"segment_{segment}", "annual_income": 20_000 + 90 * number}
    rows["customers"].append(version)
    if number % 9 == 0:
        later = max(registered, DAY) + timedelta(days=3)
        rows["customers"].append({**version, "valid_from": later, "segment": "segment_3", "annual_income": 99_000})
    rows["customer_links"].append({"customer_key": key, "person_key": key, "match_rule": "self"})
    _add_holdings(rows["holdings"], key, segment, registered, generator)
    _add_events(rows, key, number, registered)


def _add_holdings(
    holdings: list[dict[str, Any]], key: UUID, segment: int, registered: date, generator: np.random.Generator
) -> None:
    liking = np.full(N_PRODUCTS, 0.3 / (N_PRODUCTS - 2))
    liking[segment * 2 : segment * 2 + 2] = 0.35
    for product in generator.choice(N_PRODUCTS, 3, replace=False, p=liking / liking.sum()):
        opened = registered + timedelta(days=int(generator.integers(0, (END - registered).days + 1)))
        closed = min(opened + timedelta(days=int(generator.integers(20, 400))), END)
        is_closed = bool(generator.random() < 0.3) and closed > opened
        row = {"customer_key": key, "product_id": PRODUCTS[product], "opened_at": opened}
        holdings.append({**row, "closed_at": closed if is_closed else None, "balance": 100})


def _add_events(rows: Rows, key: UUID, number: int, registered: date) -> None:
    """Before the day and after it: what is later says the opposite of what was known."""
    before, after = max(registered, DAY - timedelta(days=40)), max(registered, DAY) + timedelta(days=15)
    for moment, amount in ((before, -50), (after, -9_000)):
        at, name = datetime.combine(moment, time(9)).astimezone(), f"{number}-{moment}"
        money = {"transaction_id": name, "booked_at": at, "amount": amount, "category": f"shop_{number % 3}"}
        rows["transactions"].append({"customer_key": key, **money})
        rows["surveys"].append(
            {"customer_key": key, "response_id": name, "answered_at": at, "risk_tolerance": 2 if amount == -50 else 7}
        )
        event = {"event_id": name, "product_id": PRODUCTS[0], "event_type": "click", "occurred_at": at}
        rows["interactions"].append({"customer_key": key, **event})
    for moment, is_granted in _decisions(number, registered):
        at = datetime.combine(moment, time(12)).astimezone()
        rows["consents"].append(
            {"customer_key": key, "purpose": "profiling", "is_granted": is_granted, "recorded_at": at}
        )


def _decisions(number: int, registered: date) -> Sequence[tuple[date, bool]]:
    later = max(registered, DAY) + timedelta(days=8)
    if number % 10 == 0:
        return [(later, True)]  # who allows it later has not allowed it yet
    if number % 10 == 1:
        return [(registered, True), (later, False)]
    return [(registered, True)]


def _ended_by(row: Mapping[str, Any], column: str, day: date) -> dict[str, Any]:
    return {**row, column: row[column] if row[column] is not None and row[column] <= day else None}
