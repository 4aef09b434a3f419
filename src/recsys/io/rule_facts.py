"""What permission rules need from the marts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
from psycopg import sql
from psycopg.rows import dict_row

from recsys.io.arrow_copy import SEPARATOR, read_batches, split_lists
from recsys.io.postgres import Connection
from recsys.ranking.catalogue import Catalogue, Product

_SCHEMA = pa.schema(
    {
        "person_key": pa.string(),
        "status": pa.string(),
        "country": pa.string(),
        "segment": pa.string(),
        "birth_year": pa.float64(),
        "birth_year_to": pa.float64(),
        "annual_income": pa.float64(),
        "is_in_arrears": pa.bool_(),
        "risk_tolerance": pa.float64(),
        "knowledge_level": pa.float64(),
        "loss_capacity": pa.float64(),
        "horizon_years": pa.float64(),
        "answered_date": pa.date32(),
        "has_profiling_consent": pa.bool_(),
        "is_suppressed": pa.bool_(),
        "held_product_ids": pa.string(),
        "refused_product_ids": pa.string(),
        "refused_dates": pa.string(),
    }
)

# The marts know who refused when they were built; who has objected or withdrawn since is asked now.
_PERSONS = sql.SQL(
    """
    with suppressed as (
        select
            person_key,
            bool_or(serves = 'nothing') as is_silenced,
            bool_or(reason in ('objected', 'consent_withdrawn')) as is_refusing
        from ops.suppressed_persons()
        group by person_key
    )

    select
        persons.person_key, persons.status, persons.country, persons.segment, persons.birth_year,
        persons.birth_year_to, persons.annual_income, persons.is_in_arrears, persons.risk_tolerance,
        persons.knowledge_level, persons.loss_capacity, persons.horizon_years, persons.answered_date,
        coalesce(persons.has_profiling_consent, false) and suppressed.is_refusing is not true,
        coalesce(suppressed.is_silenced, false),
        array_to_string(features.held_product_ids, %s),
        array_to_string(persons.refused_product_ids, %s),
        array_to_string(persons.refused_dates, %s)
    from marts.dim_customers as persons
    inner join marts.feat_customers as features
        on features.person_key = persons.person_key and features.feature_date = %s
    left join suppressed on suppressed.person_key = persons.person_key
    order by persons.person_key
    """
)


def read_catalogue(connection: Connection, *, cooling_off_days: int) -> Catalogue:
    """All products of `marts.dim_products`, by id in code point order, as models sort them.

    `cooling_off_days` is the bank's own for products that set none.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """
            select
                product_id, product_name, category, risk_class, min_age, max_age,
                cast(min_annual_income as double precision) as min_annual_income,
                min_horizon_years, min_knowledge_level, min_loss_capacity,
                coalesce(countries, '{}') as countries, coalesce(target_segments, '{}') as target_segments,
                coalesce(negative_segments, '{}') as negative_segments,
                coalesce(requires, '{}') as requires, coalesce(excludes, '{}') as excludes,
                max_in_category, coalesce(cooling_off_days, %s) as cooling_off_days,
                launched_date, withdrawn_date
            from marts.dim_products
            order by product_id collate "C"
            """,
            [cooling_off_days],
        ).fetchall()
    return Catalogue(tuple(Product(**{name: _frozen(value) for name, value in row.items()}) for row in rows))


def delivers_arrears(connection: Connection) -> bool:
    """Whether the bank tells of anybody whether they are behind with a payment."""
    row = connection.execute(
        "select exists (select 1 from marts.dim_customers where is_in_arrears is not null)"
    ).fetchone()
    return bool(row and row[0])


def read_rule_facts(connection: Connection, as_of: date, block_rows: int) -> Iterator[pa.Table]:
    """Persons in blocks, ordered by `person_key`, with what the rules look at; see `ranking.facts`.

    `is_suppressed` marks persons whom nothing may be recommended to: they are not even scored.
    """
    for block in read_batches(connection, _PERSONS, [*[SEPARATOR] * 3, as_of], _SCHEMA, block_rows):
        lists = split_lists(split_lists(block, "held_product_ids"), "refused_product_ids")
        yield split_lists(lists, "refused_dates", pa.date32())


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
