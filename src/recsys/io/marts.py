"""Reading the marts into Arrow, in blocks where there is a row per person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql

from recsys.features.attributes import ATTRIBUTES, SHARE_PREFIX
from recsys.features.declared import MAX_LENGTH, DeclaredFeature, product_labels, values_of
from recsys.features.encoder import arrow_type
from recsys.features.purposes import check_purposes
from recsys.io.arrow_copy import SEPARATOR, read_batches, split_lists
from recsys.io.postgres import Connection

_READ_AT_A_TIME = 50_000

_OPENINGS = pa.schema(
    {
        "person_key": pa.string(),
        "product_id": pa.string(),
        "opened_date": pa.date32(),
        "closed_date": pa.date32(),
        "is_undated": pa.bool_(),
    }
)
_NOTHING = sql.SQL("")
_FEATURES = sql.SQL(
    """
    select {columns}
    from marts.feat_customers as features
    left join (
        select person_key {shares}
        from marts.feat_customer_spending
        where feature_date = {day} {persons}
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
    connection: Connection,
    feature_date: date,
    spending_categories: Sequence[str],
    block_rows: int = _READ_AT_A_TIME,
    declared: Sequence[DeclaredFeature] = (),
) -> Iterator[pa.Table]:
    """Persons in blocks, ordered by `person_key`, with what `CustomerEncoder.transform` looks at."""
    wanted = _Wanted(feature_date, spending_categories, declared)
    yield from _read_features(connection, wanted, block_rows)


def read_training_customers(
    connection: Connection,
    feature_date: date,
    spending_categories: Sequence[str],
    most: int,
    declared: Sequence[DeclaredFeature] = (),
) -> pa.Table:
    """Persons who may be profiled, at most `most` of them, ordered by `person_key`.

    Keys are keyed hashes, so the first ones are a random sample of the persons, and the same one every time.
    """
    wanted = _Wanted(feature_date, spending_categories, declared)
    limit = sql.SQL("limit {}").format(sql.Literal(most))
    blocks = list(_read_features(connection, wanted, _READ_AT_A_TIME, condition=_CONSENTING, limit=limit))
    return pa.concat_tables(blocks) if blocks else wanted.schema().empty_table()


def read_features_of(
    connection: Connection,
    person_keys: Sequence[str],
    feature_date: date,
    spending_categories: Sequence[str],
    declared: Sequence[DeclaredFeature] = (),
) -> pa.Table:
    """Those of the persons `person_keys` who were known at `feature_date`, ordered by `person_key`."""
    wanted = _Wanted(feature_date, spending_categories, declared)
    among = sql.SQL("and person_key = any({}::uuid[])").format(sql.Literal(list(person_keys)))
    of_them = sql.SQL("and features.person_key = any({}::uuid[])").format(sql.Literal(list(person_keys)))
    blocks = list(_read_features(connection, wanted, _READ_AT_A_TIME, persons=among, condition=of_them))
    return pa.concat_tables(blocks) if blocks else wanted.schema().empty_table()


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


def count_persons(connection: Connection, feature_date: date) -> tuple[int, int]:
    """How many persons the marts have at a feature date, and how many of them may be profiled."""
    query = sql.SQL(
        """
        select count(*), count(*) filter (where true {consenting}) from marts.feat_customers as features
        where features.feature_date = %s
        """
    ).format(consenting=_CONSENTING)
    row = connection.execute(query, [feature_date]).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def read_openings(connection: Connection, until: date, last_person_key: str) -> pa.Table:
    """Openings up to and including `until` of the persons up to and including `last_person_key`.

    Where some have a date, those without (`is_undated`) may have been on any day, and all of them are read. Where none
    has, as in a snapshot, the dates that the marts gave them are the split.
    """
    query = sql.SQL(
        """
        with holdings as (
            select
                *,
                is_opened_date_assumed
                and exists (select 1 from marts.fct_holdings where not is_opened_date_assumed) as is_undated
            from marts.fct_holdings
        )

        select person_key, product_id, opened_date, closed_date, is_undated from holdings
        where (opened_date <= %s or is_undated) and person_key <= %s
        order by person_key, opened_date, product_id
        """
    )
    blocks = list(read_batches(connection, query, [until, last_person_key], _OPENINGS, _READ_AT_A_TIME))
    return pa.concat_tables(blocks) if blocks else _OPENINGS.empty_table()


def has_dated_openings(connection: Connection) -> bool:
    """Whether the bank says of any opening when it was; a snapshot says it of none."""
    row = connection.execute(
        "select exists (select 1 from marts.fct_holdings where not is_opened_date_assumed)"
    ).fetchone()
    return bool(row and row[0])


def read_products(connection: Connection) -> Products:
    """The catalogue as a model sees it."""
    rows = connection.execute(
        """
        select
            products.product_id, products.product_name, products.launched_date, products.withdrawn_date,
            features.category, features.risk_class, features.has_fee, features.is_investment,
            features.has_income_limit, features.has_age_limit, features.has_required_product, features.extras
        from marts.dim_products as products
        inner join marts.feat_products as features on features.product_id = products.product_id
        order by products.product_id
        """
    ).fetchall()
    # PostgreSQL sorts texts by its collation, a model by code points.
    rows = sorted(rows, key=lambda row: str(row[0]))
    own_labels = product_labels(row[11] for row in rows)
    return Products(
        tuple(row[0] for row in rows),
        tuple(row[1] for row in rows),
        tuple(_labels(*row[4:11]) + own for row, own in zip(rows, own_labels, strict=True)),
        np.array([row[2] for row in rows], dtype="datetime64[D]"),
        np.array([row[3] for row in rows], dtype="datetime64[D]"),
    )


def count_rows(connection: Connection, mart: str) -> int:
    """Number of rows of one mart."""
    row = connection.execute(sql.SQL("select count(*) from marts.{}").format(sql.Identifier(mart))).fetchone()
    assert row is not None
    return int(row[0])


def is_point_in_time(connection: Connection) -> bool:
    """Whether all attributes of customers are known by date; otherwise today's stand in for the past's."""
    row = connection.execute("select coalesce(bool_and(is_point_in_time), false) from marts.dim_customers").fetchone()
    return bool(row and row[0])


def _labels(category: str, risk_class: int | None, has_fee: bool, *flags: bool) -> tuple[str, ...]:
    names = ("is_investment", "has_income_limit", "has_age_limit", "has_required_product")
    risk = () if risk_class is None else (f"risk_class:{risk_class}",)
    fee = (f"has_fee:{'yes' if has_fee else 'no'}",)
    return (f"category:{category}", *risk, *fee, *(name for name, flag in zip(names, flags, strict=True) if flag))


@dataclass(frozen=True)
class _Wanted:
    """What is read of persons besides their attributes."""

    day: date
    categories: Sequence[str]
    declared: Sequence[DeclaredFeature]

    def expressions(self) -> list[sql.Composable]:
        own = [feature.name for feature in self.declared]
        check_purposes([*(attribute.name for attribute in ATTRIBUTES), *own], own)
        held = sql.SQL("array_to_string(features.held_product_ids, {})").format(sql.Literal(SEPARATOR))
        attributes = [sql.Identifier("features", attribute.name) for attribute in ATTRIBUTES]
        shares = [sql.Identifier("spending", f"share_{number}") for number in range(len(self.categories))]
        return [sql.SQL("features.person_key"), held, *attributes, *shares, *map(_text, own)]

    def schema(self) -> pa.Schema:
        attributes = (*ATTRIBUTES, *(feature.attribute for feature in self.declared))
        kinds = {attribute.name: arrow_type(attribute.kind) for attribute in attributes}
        own = {feature.name: kinds.pop(feature.name) for feature in self.declared}
        shares = {f"{SHARE_PREFIX}{category}": pa.float64() for category in self.categories}
        lists = {"person_key": pa.string(), "held_product_ids": pa.list_(pa.string())}
        return pa.schema({**lists, **kinds, **shares, **own})

    def as_sent(self) -> pa.Schema:
        texts = ["held_product_ids", *(feature.name for feature in self.declared)]
        return pa.schema([field.with_type(pa.string()) if field.name in texts else field for field in self.schema()])

    def parsed(self, block: pa.Table) -> pa.Table:
        for feature in self.declared:
            values = values_of(feature, block.column(feature.name).combine_chunks(), self.day)
            block = block.set_column(block.column_names.index(feature.name), feature.name, values)
        return split_lists(block, "held_product_ids", pa.string())


def _read_features(
    connection: Connection,
    wanted: _Wanted,
    block_rows: int,
    *,
    persons: sql.Composable = _NOTHING,
    condition: sql.Composable = _NOTHING,
    limit: sql.Composable = _NOTHING,
) -> Iterator[pa.Table]:
    query = _FEATURES.format(
        columns=sql.SQL(", ").join(wanted.expressions()),
        shares=sql.Composed([_share(number, name) for number, name in enumerate(wanted.categories)]),
        day=sql.Literal(wanted.day),
        persons=persons,
        condition=condition,
        limit=limit,
    )
    for block in read_batches(connection, query, [], wanted.as_sent(), block_rows):
        yield wanted.parsed(block)


def _text(name: str) -> sql.Composable:
    # A longer text is no category, however it goes on.
    most = sql.Literal(2 * MAX_LENGTH)
    return sql.SQL("left(features.extras ->> {}, {})").format(sql.Literal(name), most)


def _share(number: int, category: str) -> sql.Composable:
    # Somebody who spends, but on nothing of this category, has a share of 0; who has no bookings has none.
    return sql.SQL(", coalesce(max(share_365d) filter (where category = {}), 0) as {}").format(
        sql.Literal(category), sql.Identifier(f"share_{number}")
    )
