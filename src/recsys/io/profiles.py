"""Who a customer is for whoever advises: in bands, and only of whoever may be profiled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from psycopg.rows import class_row

from recsys.io.postgres import Connection


@dataclass(frozen=True, slots=True)
class Profile:
    """What the publication that is read rested on.

    A band goes from `..._from` to below `..._below`: no `from` means that nothing is known, only no `below` that it has
    no upper end. Incomes are in the bank's currency per year; tolerance is of 7, knowledge and capacity for loss of 5.
    """

    as_of: date
    segment: str | None
    age_from: int | None
    age_below: int | None
    annual_income_from: int | None
    annual_income_below: int | None
    tenure_years_from: int | None
    tenure_years_below: int | None
    horizon_years_from: int | None
    horizon_years_below: int | None
    investment_goal: str | None
    risk_tolerance: int | None
    knowledge_level: int | None
    loss_capacity: int | None
    held_product_ids: list[str]


def read_profile(connection: Connection, customer_id: str) -> Profile | None:
    """The customer's profile; None where there is none, or none may be made or shown."""
    with connection.cursor(row_factory=class_row(Profile)) as cursor:
        return cursor.execute(
            """
            select
                as_of, segment, age_from, age_below, annual_income_from, annual_income_below, tenure_years_from,
                tenure_years_below, horizon_years_from, horizon_years_below, investment_goal, risk_tolerance,
                knowledge_level, loss_capacity, held_product_ids
            from serving.customer_profiles where customer_id = %s
            """,
            [customer_id],
        ).fetchone()
