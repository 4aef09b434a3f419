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
        "is_arrears_unknown": pa.bool_(),
        "risk_tolerance": pa.float64(),
        "knowledge_level": pa.float64(),
        "loss_capacity": pa.float64(),
        "horizon_years": pa.float64(),
        "answered_date": pa.date32(),
        "has_profiling_consent": pa.bool_(),
        "is_suppressed": pa.bool_(),
        "is_objecting": pa.bool_(),
        "granted_purposes": pa.string(),
        "decided_purposes": pa.string(),
        "held_product_ids": pa.string(),
        "refused_product_ids": pa.string(),
        "refused_dates": pa.string(),
        "language": pa.string(),
    }
)

_LISTS = {
    "granted_purposes": pa.string(),
    "decided_purposes": pa.string(),
    "held_product_ids": pa.string(),
    "refused_product_ids": pa.string(),
    "refused_dates": pa.date32(),
}

# The marts know who refused when they were built; who has objected or withdrawn since is asked now. What was allowed
# since counts from the next run on.
_PERSONS = sql.SQL(
    """
    with suppressed as (
        select
            person_key,
            bool_or(serves = 'nothing' and reason not in ('objected', 'consent_withdrawn')) as is_silenced,
            bool_or(serves = 'nothing' and reason in ('objected', 'consent_withdrawn')) as wants_nothing,
            bool_or(reason in ('objected', 'consent_withdrawn')) as is_refusing
        from ops.suppressed_persons()
        group by person_key
    ),

    withdrawn as (
        select person_key, array_agg(purpose) as purposes, array_agg(since) as since
        from ops.withdrawn_consents()
        group by person_key
    )

    select
        persons.person_key, persons.status, persons.country, persons.segment, persons.birth_year,
        persons.birth_year_to, persons.annual_income, persons.is_in_arrears,
        -- A bank that tells it of nobody has no such column; nothing is unknown then.
        persons.is_in_arrears is null
        and exists (select 1 from marts.dim_customers as told where told.is_in_arrears is not null),
        persons.risk_tolerance,
        persons.knowledge_level, persons.loss_capacity, persons.horizon_years, persons.answered_date,
        coalesce(persons.has_profiling_consent, false) and suppressed.is_refusing is not true,
        coalesce(suppressed.is_silenced, false),
        coalesce(
            suppressed.wants_nothing
            or %s = 'nothing' and (suppressed.is_refusing or 'profiling' = any(persons.refused_purposes)),
            false
        ),
        array_to_string(
            case
                when withdrawn.purposes is null and suppressed.is_refusing is not true then persons.granted_purposes
                else array(
                    select granted.purpose
                    from unnest(persons.granted_purposes, persons.granted_at) as granted (purpose, decided_at)
                    where
                        not (granted.purpose = 'profiling' and suppressed.is_refusing is true)
                        -- Of a channel of marketing also who refuses all of it; in a tie the refusal wins.
                        and not exists (
                            select 1 from unnest(withdrawn.purposes, withdrawn.since) as refusals (purpose, since)
                            where
                                refusals.since >= granted.decided_at
                                and (
                                    refusals.purpose = granted.purpose
                                    or refusals.purpose = 'marketing' and starts_with(granted.purpose, 'marketing_')
                                )
                        )
                )
            end,
            %s
        ),
        array_to_string(
            persons.granted_purposes || persons.refused_purposes || withdrawn.purposes
            || case when suppressed.is_refusing then array['profiling'] end,
            %s
        ),
        array_to_string(features.held_product_ids, %s),
        array_to_string(persons.refused_product_ids, %s),
        array_to_string(persons.refused_dates, %s),
        persons.language
    from marts.dim_customers as persons
    inner join marts.feat_customers as features
        on features.person_key = persons.person_key and features.feature_date = %s
    left join suppressed on suppressed.person_key = persons.person_key
    left join withdrawn on withdrawn.person_key = persons.person_key
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
                consent_purpose, coalesce(client_needs, '{}') as client_needs,
                launched_date, withdrawn_date,
                cast(annual_fee as double precision) as annual_fee, cast(value as double precision) as value,
                coalesce(description, '') as description
            from marts.dim_products
            order by product_id collate "C"
            """,
            [cooling_off_days],
        ).fetchall()
    return Catalogue(tuple(Product(**{name: _frozen(value) for name, value in row.items()}) for row in rows))


def read_rule_facts(connection: Connection, as_of: date, block_rows: int, *, on_objection: str) -> Iterator[pa.Table]:
    """Persons in blocks, ordered by `person_key`, with what the rules look at; see `ranking.facts`.

    `is_suppressed` marks persons who were erased or restricted: they are not even scored. `is_objecting` marks those
    who object to profiling where the bank offers them nothing: by what it has set, `on_objection`, now or at that time.
    """
    params = [on_objection, *[SEPARATOR] * len(_LISTS), as_of]
    for block in read_batches(connection, _PERSONS, params, _SCHEMA, block_rows):
        for column, values in _LISTS.items():
            block = split_lists(block, column, values)
        yield block


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
