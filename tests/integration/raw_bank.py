"""A bank of five customers in `raw`, small enough that its features can be worked out by hand.

A has two versions and all the money, B has gaps, C and D are one person, E comes late. `as_of` is 2024-12-31.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from recsys.io.postgres import Connection, Database

AS_OF = date(2024, 12, 31)
A, B, C, D, E = (UUID(int=number) for number in range(1, 6))
RUN_ID = "run"


def write_rows(connection: Connection, table: str, *rows: dict[str, Any]) -> None:
    """Insert rows into `raw.<table>`."""
    for row in rows:
        connection.execute(
            sql.SQL("insert into raw.{} ({}) values ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() * len(row)),
            ),
            list(row.values()),
        )


def write_bank(database: Database, *, history: str = "events", legal_basis: str = "consent") -> None:
    """Fill `raw`, and register the run and the load that it came with."""
    with database.connect("ingest") as connection:
        _write_load(connection, history, legal_basis)
        _write_customers(connection)
        _write_holdings(connection, with_dates=history == "events")
        _write_money(connection)
        _write_answers(connection)


def _write_load(connection: Connection, history: str, legal_basis: str) -> None:
    connection.execute("insert into ops.runs (run_id, feed, top_n, train) values (%s, 'feed', 5, 'auto')", [RUN_ID])
    connection.execute("insert into ops.current_run (run_id) values (%s)", [RUN_ID])
    connection.execute(
        """
        insert into ops.feeds (
            run_id, location, fingerprint, as_of, name, currency, mode, history, legal_basis, table_counts, state,
            anonymised_at
        ) values (%s, 'feed', 'f', %s, 'small', 'EUR', 'full', %s, %s, %s, 'anonymised', now())
        """,
        [RUN_ID, AS_OF, history, legal_basis, Jsonb({})],
    )


def _write_customers(connection: Connection) -> None:
    a = {"customer_key": A, "registered_at": "2020-01-01", "status": "active", "birth_year": 1990, "country": "cz"}
    write_rows(
        connection,
        "customers",
        {**a, "valid_from": "2020-01-01", "annual_income": 30000, "segment": "Mass"},
        {**a, "valid_from": "2024-10-01", "annual_income": 50000, "segment": "Affluent"},
        {"customer_key": B, "registered_at": "2021-01-01", "birth_year": 1980, "gender": " F "},
        {"customer_key": C, "registered_at": "2019-01-01", "status": "active", "is_in_arrears": False, "region": "10"},
        {
            "customer_key": D,
            "registered_at": "2022-01-01",
            "status": "closed",
            "is_in_arrears": True,
            "occupation": " Baker ",
        },
        {"customer_key": E, "registered_at": "2024-12-01", "valid_from": "2024-12-01", "status": "active"},
    )
    write_rows(
        connection,
        "customer_links",
        *({"customer_key": key, "person_key": key, "match_rule": "self"} for key in (A, B, C, E)),
        {"customer_key": D, "person_key": C, "match_rule": "national_id"},
    )


def _write_holdings(connection: Connection, *, with_dates: bool) -> None:
    for product in ("account", "card", "fund", "loan"):
        write_rows(connection, "products", {"product_id": product, "product_name": product, "category": product})
    holdings = (
        (A, "account", "2023-01-10", None, 100),
        (A, "card", "2024-08-01", "2024-10-15", 0),
        (A, "fund", "2024-06-01", None, 500),
        (B, "loan", None, None, -300),
        (C, "account", "2023-05-01", None, 10),
        (D, "account", "2023-05-01", None, 20),
        (D, "fund", "2024-11-20", None, None),
    )
    for customer, product, opened_at, closed_at, balance in holdings:
        dates = {"opened_at": opened_at, "closed_at": closed_at} if with_dates else {}
        write_rows(
            connection, "holdings", {"customer_key": customer, "product_id": product, "balance": balance, **dates}
        )


def _write_money(connection: Connection) -> None:
    bookings = (
        ("today", "2024-12-31T23:59:00Z", -10, None, "Food"),
        ("29 days ago", "2024-12-02T00:00:00Z", -20, "EUR", "food"),
        ("30 days ago", "2024-12-01T12:00:00Z", -40, None, "rent"),
        ("wage", "2024-12-05T08:00:00Z", 1000, None, "salary"),
        ("another currency", "2024-12-30T08:00:00Z", -5, "USD", "food"),
        ("364 days ago", "2024-01-02T08:00:00Z", -80, None, "rent"),
        ("365 days ago", "2024-01-01T08:00:00Z", -160, None, None),
    )
    for name, booked_at, amount, currency, category in bookings:
        write_rows(
            connection,
            "transactions",
            {
                "transaction_id": name,
                "customer_key": A,
                "booked_at": booked_at,
                "amount": amount,
                "currency": currency,
                "category": category,
            },
        )


def _write_answers(connection: Connection) -> None:
    write_rows(
        connection,
        "surveys",
        {"response_id": "1", "customer_key": A, "answered_at": "2024-01-05T10:00:00Z", "risk_tolerance": 2},
        {"response_id": "2", "customer_key": A, "answered_at": "2024-09-02T10:00:00Z", "risk_tolerance": 6},
    )
    moment = "2024-03-01T10:00:00Z"
    write_rows(
        connection,
        "consents",
        {"customer_key": A, "purpose": "profiling", "is_granted": True, "recorded_at": moment},
        {"customer_key": C, "purpose": "profiling", "is_granted": True, "recorded_at": moment},
        {"customer_key": D, "purpose": "profiling", "is_granted": False, "recorded_at": moment},
    )
    write_rows(
        connection,
        "interactions",
        {"event_id": "1", "customer_key": D, "product_id": "loan", "event_type": "click", "occurred_at": moment},
    )
