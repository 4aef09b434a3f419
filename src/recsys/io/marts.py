"""Reading the marts into Arrow, in blocks where there is a row per person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql

from recsys.features.attributes import ATTRIBUTES, SHARE_PREFIX, AttributeKind
from recsys.features.purposes import check_purposes
from recsys.io.arrow_copy import SEPARATOR, read_batches, split_lists
from recsys.io.postgres import Connection

_READ_AT_A_TIME = 50_000

_OPENINGS = pa.schema(
    {"person_key": pa.string(), "product_id": pa.string(), "opened_date": pa.date32(), "closed_date": pa.date32()}
)
_FEATURES = sql.SQL(
    """
    select {columns}
    from marts.feat_customers as features
    left join (
        select person_key {shares}
        from marts.feat_customer_spending
        where feature_date = {day}
        group by person_key
    ) as spending on spending.person_key = features.person_key
    where features.feature_date = {day} {condition}
    order by features.person_key
    {limit}
    """
)
# The marts know who refused when they were built; who has objected, withdrawn or been restricted since is asked now.
_REFUSING = sql.SQL(
    """
    select distinct person_key from ops.suppressed_persons()
    where reason in ('objected', 'consent_withdrawn', 'restricted', 'erased')
    """
)
_CONSENTING = sql.SQL(
    """
    and exists (
        select 1 from marts.dim_customers as persons
        where persons.person_key = features.person_key and persons.has_profiling_consent
    )
    and not exists (
        select 1 from ({refusing}) as refusing where refusing.person_key = features.person_key
    )
    """
).format(refusing=_REFUSING)


@dataclass(frozen=True)
class Products:
    """`marts.dim_products` by ascending id: arrays of shape (n_products,); `labels` are features for a model."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    launched: NDArray[np.datetime64]
    withdrawn: NDArray[np.datetime64]


def read_feature_blocks(
    connection: Connection, feature_date: date, spending_categories: Sequence[str], block_rows: int = _READ_AT_A_TIME
) -> Iterator[pa.Table]:
    """Persons in blocks, ordered by `person_key`, with what `CustomerEncoder.transform` looks at."""
    yield from _read_features(connection, feature_date, spending_categories, block_rows, sql.SQL(""), sql.SQL(""))


def read_training_customers(
    connection: Connection, feature_date: date, spending_categories: Sequence[str], most: int
) -> pa.Table:
    """Persons who may be profiled, at most `most` of them, ordered by `person_key`.

    Keys are keyed hashes, so the first ones are a random sample of the persons, and the same one every time.
    """
    limit = sql.SQL("limit {}").format(sql.Literal(most))
    blocks = list(_read_features(connection, feature_date, spending_categories, _READ_AT_A_TIME, _CONSENTING, limit))
    return pa.concat_tables(blocks) if blocks else _feature_schema(spending_categories).empty_table()


def read_spending_categories(connection: Connection, feature_date: date, most: int) -> list[str]:
    """The categories on which most is spent in the year before `feature_date`, in alphabetical order.

    Only persons who may be profiled count: the categories are columns of the model.
    """
    query = sql.SQL(
        """
        select category from marts.feat_customer_spending as spending
        inner join marts.dim_customers as persons on persons.person_key = spending.person_key
        where
            spending.feature_date = %s and spending.category is not null and persons.has_profiling_consent
            and not exists (
                select 1 from ({refusing}) as refusing where refusing.person_key = spending.person_key
            )
        group by category order by sum(spend_365d) desc, category limit %s
        """
    ).format(refusing=_REFUSING)
    rows = connection.execute(query, [feature_date, most]).fetchall()
    return sorted(row[0] for row in rows)


def read_refusing(connection: Connection) -> list[str]:
    """Persons of whom nothing may be learned, whatever the marts say: keys, of which there are few."""
    return [str(row[0]) for row in connection.execute(_REFUSING).fetchall()]


def read_openings(connection: Connection, until: date, last_person_key: str) -> pa.Table:
    """Openings up to and including `until` of the persons up to and including `last_person_key`."""
    query = sql.SQL(
        """
        select person_key, product_id, opened_date, closed_date from marts.fct_holdings
        where opened_date <= %s and person_key <= %s
        order by person_key, opened_date, product_id
        """
    )
    blocks = list(read_batches(connection, query, [until, last_person_key], _OPENINGS, _READ_AT_A_TIME))
    return pa.concat_tables(blocks) if blocks else _OPENINGS.empty_table()


def read_products(connection: Connection) -> Products:
    """The catalogue as a model sees it."""
    rows = connection.execute(
        """
        select
            products.product_id, products.product_name, products.launched_date, products.withdrawn_date,
            features.category, features.risk_class, features.has_fee, features.is_investment,
            features.has_income_limit, features.has_age_limit, features.has_required_product
        from marts.dim_products as products
        inner join marts.feat_products as features on features.product_id = products.product_id
        order by products.product_id
        """
    ).fetchall()
    # PostgreSQL sorts texts by its collation, a model by code points.
    rows = sorted(rows, key=lambda row: str(row[0]))
    return Products(
        tuple(row[0] for row in rows),
        tuple(row[1] for row in rows),
        tuple(_labels(*row[4:]) for row in rows),
        np.array([row[2] for row in rows], dtype="datetime64[D]"),
        np.array([row[3] for row in rows], dtype="datetime64[D]"),
    )


def read_first_opening(connection: Connection) -> date | None:
    """The day of the first dated opening; None where no opening has a date of its own."""
    row = connection.execute(
        "select min(opened_date) from marts.fct_holdings where not is_opened_date_assumed"
    ).fetchone()
    return row[0] if row else None


def has_features_at(connection: Connection, feature_date: date) -> bool:
    """Whether the marts were built for this feature date."""
    row = connection.execute(
        "select exists (select 1 from marts.feat_customers where feature_date = %s)", [feature_date]
    ).fetchone()
    return bool(row and row[0])


def count_rows(connection: Connection, mart: str) -> int:
    """Number of rows of one mart."""
    row = connection.execute(sql.SQL("select count(*) from marts.{}").format(sql.Identifier(mart))).fetchone()
    assert row is not None
    return int(row[0])


def has_spending_at(connection: Connection, feature_date: date) -> bool:
    """Whether anything is known of what customers spent in the year before."""
    row = connection.execute(
        "select exists (select 1 from marts.feat_customers where feature_date = %s and spend_365d is not null)",
        [feature_date],
    ).fetchone()
    return bool(row and row[0])


def is_point_in_time(connection: Connection) -> bool:
    """Whether all attributes of customers are known by date; otherwise today's stand in for the past's."""
    row = connection.execute("select coalesce(bool_and(is_point_in_time), false) from marts.dim_customers").fetchone()
    return bool(row and row[0])


def _labels(category: str, risk_class: int | None, has_fee: bool, *flags: bool) -> tuple[str, ...]:
    names = ("is_investment", "has_income_limit", "has_age_limit", "has_required_product")
    risk = () if risk_class is None else (f"risk_class:{risk_class}",)
    fee = (f"has_fee:{'yes' if has_fee else 'no'}",)
    return (f"category:{category}", *risk, *fee, *(name for name, flag in zip(names, flags, strict=True) if flag))


def _read_features(
    connection: Connection,
    day: date,
    categories: Sequence[str],
    block_rows: int,
    condition: sql.Composable,
    limit: sql.Composable,
) -> Iterator[pa.Table]:
    query = _FEATURES.format(
        columns=sql.SQL(", ").join(_expressions(categories)),
        shares=sql.Composed([_share(number, name) for number, name in enumerate(categories)]),
        day=sql.Literal(day),
        condition=condition,
        limit=limit,
    )
    schema = _feature_schema(categories)
    texts = schema.set(schema.get_field_index("held_product_ids"), pa.field("held_product_ids", pa.string()))
    for block in read_batches(connection, query, [], texts, block_rows):
        yield split_lists(block, "held_product_ids")


def _expressions(categories: Sequence[str]) -> list[sql.Composable]:
    check_purposes(attribute.name for attribute in ATTRIBUTES)
    held = sql.SQL("array_to_string(features.held_product_ids, {})").format(sql.Literal(SEPARATOR))
    attributes = [sql.Identifier("features", attribute.name) for attribute in ATTRIBUTES]
    shares = [sql.Identifier("spending", f"share_{number}") for number in range(len(categories))]
    return [sql.SQL("features.person_key"), held, *attributes, *shares]


def _share(number: int, category: str) -> sql.Composable:
    # Somebody who spends, but on nothing of this category, has a share of 0; who has no bookings has none.
    return sql.SQL(", coalesce(max(share_365d) filter (where category = {}), 0) as {}").format(
        sql.Literal(category), sql.Identifier(f"share_{number}")
    )


def _feature_schema(categories: Sequence[str]) -> pa.Schema:
    kinds = {attribute.name: _arrow_type(attribute.kind) for attribute in ATTRIBUTES}
    shares = {f"{SHARE_PREFIX}{category}": pa.float64() for category in categories}
    return pa.schema({"person_key": pa.string(), "held_product_ids": pa.list_(pa.string()), **kinds, **shares})


def _arrow_type(kind: AttributeKind) -> pa.DataType:
    return pa.string() if kind is AttributeKind.LABEL else pa.float64()
