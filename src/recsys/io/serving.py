"""What is served, by the bank's own customer id: the views of downstream systems, and what is refused to a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.rows import class_row, dict_row

from recsys.errors import NotFoundError
from recsys.io.postgres import Connection
from recsys.io.publication_catalogue import as_product
from recsys.ranking.advisor_words import TakenOff
from recsys.ranking.answer import Answer, Place, Refusing
from recsys.ranking.catalogue import Product


@dataclass(frozen=True, slots=True)
class Elimination:
    """A rule that takes a product out for a customer, and whether it does so because something is not known."""

    product_id: str
    rule: str
    is_unknown: bool


def read_recommendations(connection: Connection, customer_id: str) -> list[dict[str, Any]]:
    """The customer's ranked products with their reasons, best first; empty where there are none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select * from serving.recommendations where customer_id = %s order by rank", [customer_id]
        ).fetchall()


def find_listed(connection: Connection, customer_ids: Sequence[str]) -> str | None:
    """Of `customer_ids` the one with the longest list; None where none of them has any."""
    row = connection.execute(
        """
        select customer_id from serving.recommendations where customer_id = any(%s)
        group by customer_id order by count(*) desc, customer_id limit 1
        """,
        [list(customer_ids)],
    ).fetchone()
    return None if row is None else str(row[0])


def read_sample(connection: Connection, n_customers: int, language: str) -> list[dict[str, Any]]:
    """Recommendations of a few customers who are told in `language`, customer by customer, best first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select customer_id, rank, product_name, score, reasons, language
            from serving.recommendations
            where customer_id in (
                -- Customers with different first products show more of what the ranking does.
                select distinct on (product_id) customer_id
                from serving.recommendations where rank = 1 and language = %s
                order by product_id, score desc, customer_id limit %s
            )
            order by customer_id, rank
            """,
            [language, n_customers],
        ).fetchall()


def read_eliminations(connection: Connection, customer_id: str) -> list[Elimination]:
    """What is taken out for the customer by which rule, by product and rule; private rules are not told."""
    with connection.cursor(row_factory=class_row(Elimination)) as cursor:
        return cursor.execute(
            """
            select product_id, rule, is_unknown
            from serving.eliminations where customer_id = %s order by product_id, rule
            """,
            [customer_id],
        ).fetchall()


def read_refusals(connection: Connection, customer_id: str, asked_by: str) -> list[Elimination]:
    """The same by all rules and as of now, for people who answer the customer; the look is written down."""
    with connection.cursor(row_factory=class_row(Elimination)) as cursor:
        return cursor.execute(
            """
            select product_id, rule, is_unknown from serving.read_refusals(%s, %s) order by product_id, rule
            """,
            [customer_id, asked_by],
        ).fetchall()


def read_standing(connection: Connection, customer_id: str) -> str | None:
    """Why a customer is shown nothing: `restricted`, `nothing_left`, `objected`, `consent_withdrawn`, or
    `nothing_published`.

    For the customer's own eyes. None for whoever is not known.
    """
    row = connection.execute("select serving.read_standing(%s)", [customer_id]).fetchone()
    assert row is not None
    return None if row[0] is None else str(row[0])


def read_advice(connection: Connection, customer_id: str) -> tuple[list[dict[str, Any]], list[Elimination]]:
    """Both. Raises `NotFoundError` where readers may see nothing at all about this customer."""
    recommendations = read_recommendations(connection, customer_id)
    eliminations = read_eliminations(connection, customer_id)
    _check_told(recommendations, eliminations)
    return recommendations, eliminations


def _check_told(recommendations: Sequence[dict[str, Any]], not_offered: Sequence[Elimination | str]) -> None:
    if not recommendations and not not_offered:
        # The two cases are told alike: that somebody objected is nobody's business here.
        raise NotFoundError(
            "Nothing is published for this customer.",
            remedy="There is no such id, or nothing may be offered to its owner; see `recsys publications`. What was "
            "withdrawn and may be offered again comes back with the next publication, of `recsys run`.",
        )


def read_catalogue_served(connection: Connection) -> dict[str, Product]:
    """The products of the publication that is read, with their limits, by id; empty for one that kept none."""
    rows = connection.execute("select product_id, limits from serving.catalogue order by position").fetchall()
    return {product_id: as_product(product_id, limits) for product_id, limits in rows}


def read_current(connection: Connection) -> dict[str, Any] | None:
    """What is known of the publication that is read, None before the first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select
                publication_id, model_name, model_version, rules_version, as_of, n_persons, n_rows, published_at,
                valid_until, valid_until > now() as is_valid
            from serving.publications
            where publication_id = (select publication_id from serving.current_publication)
            """
        ).fetchone()


def read_currency(connection: Connection) -> str:
    """In which money fees and limits of the publication that is read stand; empty before the first feed."""
    row = connection.execute("select serving.read_currency()").fetchone()
    assert row is not None
    return str(row[0] or "")


def read_products_served(connection: Connection) -> list[tuple[Product, date | None, bool]]:
    """The same in their order, each with its first day without sale as known today, and whether it is on sale."""
    rows = connection.execute(
        """
        select product_id, limits, withdrawn_at, withdrawn_at is null or withdrawn_at > current_date
        from serving.catalogue order by position
        """
    ).fetchall()
    return [(as_product(product_id, limits), withdrawn, on_sale) for product_id, limits, withdrawn, on_sale in rows]


def read_answer(
    connection: Connection,
    customer_id: str,
    product_id: str,
    refusals: Sequence[Elimination],
    taken_off: Mapping[str, TakenOff],
    *,
    hears_all: bool = True,
) -> Answer:
    """Why the customer is offered the product, or is not. `refusals` are the customer's: all of `read_refusals`, or
    those of `read_eliminations` for whoever does not hear of private rules; `taken_off` is what advisors took off, by
    product, empty for whoever does not hear of it.

    Raises `NotFoundError` where nothing is served, where the publication lacks the product, and where readers may see
    nothing about this customer.
    """
    _check_served(connection)
    product, withdrawn_date, today = _read_product(connection, product_id)
    recommendations = read_recommendations(connection, customer_id)
    _check_told(recommendations, [*refusals, *taken_off])
    places = [
        Place(row["rank"], row["score"], row["reasons"], row["language"])
        for row in recommendations
        if row["product_id"] == product_id
    ]
    refusing = [Refusing(one.rule, one.is_unknown) for one in refusals if one.product_id == product_id]
    place = places[0] if places else None
    return Answer(
        product,
        len(recommendations),
        place,
        refusing,
        withdrawn_date,
        today,
        hears_all,
        None if place else taken_off.get(product_id),
    )


def _check_served(connection: Connection) -> None:
    row = connection.execute(
        """
        select publications.publication_id, publications.valid_until, publications.valid_until > now()
        from serving.current_publication
        inner join serving.publications using (publication_id)
        """
    ).fetchone()
    if row is None:
        raise NotFoundError("Nothing was published yet.", remedy="`recsys run` publishes.")
    publication_id, valid_until, is_valid = row
    if not is_valid:
        raise NotFoundError(
            f"Nothing is served: publication {publication_id} was valid until {valid_until:%Y-%m-%d %H:%M} UTC.",
            remedy="`recsys run` makes a new one.",
        )


def _read_product(connection: Connection, product_id: str) -> tuple[Product, date | None, date]:
    """The product with its limits, its first day without sale, and today."""
    rows = connection.execute(
        "select product_id, limits, withdrawn_at, current_date from serving.catalogue order by position"
    ).fetchall()
    if not rows:
        raise NotFoundError(
            "The publication that is read kept no catalogue: it was made before eliminations were told by product.",
            remedy="The next `recsys run` publishes one that does.",
        )
    for known, limits, withdrawn_date, today in rows:
        if known == product_id:
            return as_product(known, limits), withdrawn_date, today
    raise NotFoundError(
        f"The publication that is read has no product {product_id}.",
        remedy=f"Its products are {', '.join(row[0] for row in rows)}.",
    )
