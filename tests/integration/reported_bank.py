"""Publications of a small bank, and what a BI tool reads of them."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row
from tests.integration.marts_of_a_small_bank import (
    begin_run,
    context_of,
    popular_products,
)

from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.check_recommendations import check_recommendations
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication

SMALLEST = 5


def publish(home: Settings, database: Database, run_id: str) -> None:
    begin_run(home, database, run_id)
    build_publication(context_of(home, database, run_id, "score_customers"), popular_products(), "1")
    check_recommendations(context_of(home, database, run_id, "check_recommendations"))
    publish_recommendations(context_of(home, database, run_id, "publish_recommendations"))


def figures(bank: Database, view: str) -> list[dict[str, Any]]:
    """What a BI tool reads."""
    with bank.connect("reporting") as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(f"select * from reporting.{view}".encode()).fetchall()


def told(n: int) -> int | None:
    """A count as it is told."""
    return n if n == 0 or n >= SMALLEST else None
