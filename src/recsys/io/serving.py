"""What downstream systems read, as they read it: through the views, by the bank's own customer id."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from recsys.errors import NotFoundError
from recsys.io.postgres import Connection


def read_recommendations(connection: Connection, customer_id: str) -> list[dict[str, Any]]:
    """The customer's ranked products with their reasons, best first; empty where there are none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select * from serving.recommendations where customer_id = %s order by rank", [customer_id]
        ).fetchall()


def read_sample(connection: Connection, n_customers: int) -> list[dict[str, Any]]:
    """Recommendations of a few customers, customer by customer, best first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select customer_id, rank, product_name, score, reasons
            from serving.recommendations
            where customer_id in (
                -- Customers with different first products show more of what the ranking does.
                select distinct on (product_id) customer_id
                from serving.recommendations where rank = 1
                order by product_id, score desc, customer_id limit %s
            )
            order by customer_id, rank
            """,
            [n_customers],
        ).fetchall()


def read_eliminations(connection: Connection, customer_id: str) -> dict[str, list[str]]:
    """Per rule, the products that it took out for the customer."""
    rows = connection.execute(
        """
        select rule, array_agg(product_id order by product_id)
        from serving.eliminations where customer_id = %s group by rule order by rule
        """,
        [customer_id],
    ).fetchall()
    return dict(rows)


def read_advice(connection: Connection, customer_id: str) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """Both. Raises `NotFoundError` where readers may see nothing at all about this customer."""
    recommendations = read_recommendations(connection, customer_id)
    eliminations = read_eliminations(connection, customer_id)
    if not recommendations and not eliminations:
        # The two cases are told alike: that somebody objected is nobody's business here.
        raise NotFoundError(
            "Nothing is published for this customer.",
            remedy="There is no such id, or nothing may be offered to its owner; see `recsys publications`. What was "
            "withdrawn and may be offered again comes back with the next publication, of `recsys run`.",
        )
    return recommendations, eliminations
