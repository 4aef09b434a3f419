"""Each permission rule once more, in another language: how many of a publication's rows break which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import dict_row

from recsys.io.partitions import ROWS, partition
from recsys.io.postgres import Connection
from recsys.ranking.rules.arrears import CREDIT_CATEGORIES
from recsys.ranking.rules.questionnaire import VALID_DAYS

# Rows that break it, of `rules` below. `is not true` also counts what is unknown.
BROKEN_WHERE: Mapping[str, LiteralString] = {
    "objection": """
        wants_nothing or %(on_objection)s = 'nothing' and (is_refusing or 'profiling' = any(refused_purposes))
    """,
    "already_held": "product_id = any(held)",
    "on_sale": "launched_date > %(as_of)s or withdrawn_date <= %(as_of)s",
    "status": "status <> 'active'",
    # Unknown counts as behind, but for a bank that delivers nobody's arrears.
    "arrears": """
        lower(category) = any(%(credit)s)
        and coalesce(is_in_arrears, exists (select 1 from marts.dim_customers where is_in_arrears is not null))
    """,
    "age": """
        min_age is not null and (birth_year is not null and youngest - birthday_doubt >= min_age) is not true
        or max_age is not null and (oldest <= max_age) is not true
    """,
    "income": "min_annual_income is not null and (annual_income >= min_annual_income) is not true",
    "country": "cardinality(countries) > 0 and (country = any(countries)) is not true",
    "target_segment": "cardinality(target_segments) > 0 and (segment = any(target_segments)) is not true",
    "negative_segment": "cardinality(negative_segments) > 0 and (segment <> all(negative_segments)) is not true",
    "requires": """
        cardinality(requires) > 0 and not exists (
            select 1 from marts.dim_products as owned
            where owned.product_id = any(rules.requires) and owned.product_id = any(held)
        )
    """,
    "excludes": "excludes && held",
    "category_cap": """
        max_in_category <= (
            select count(*) from marts.dim_products as owned
            where owned.category = rules.category and owned.product_id = any(held)
        )
    """,
    # A product of which nobody says for how long has the bank's own time.
    "cooling_off": """
        coalesce(cooling_off_days, %(cooling_off_days)s) > 0 and exists (
            select 1 from unnest(refused_product_ids, refused_dates) as refused (id, day)
            where
                refused.id = product_id
                and refused.day + coalesce(cooling_off_days, %(cooling_off_days)s) > %(as_of)s::date
        )
    """,
    "consent": """
        consent_purpose is not null and (
            consent_purpose = any(granted_purposes)
            and not (consent_purpose = 'profiling' and coalesce(is_refusing, false))
            and not exists (
                select 1 from unnest(withdrawn_purposes, withdrawn_since) as withdrawn (purpose, since)
                where
                    withdrawn.since >= granted_at[array_position(granted_purposes, consent_purpose)]
                    and (
                        withdrawn.purpose = consent_purpose
                        or withdrawn.purpose = 'marketing' and starts_with(consent_purpose, 'marketing_')
                    )
            )
        ) is not true
    """,
    "risk": "risk_class is not null and (risk_tolerance >= risk_class) is not true",
    "knowledge": "min_knowledge is not null and (knowledge_level >= min_knowledge) is not true",
    "loss_capacity": "min_loss is not null and (loss_capacity >= min_loss) is not true",
    "horizon": "min_horizon is not null and (horizon_years >= min_horizon) is not true",
    "questionnaire": """
        coalesce(risk_class, min_knowledge, min_loss, min_horizon) is not null
        and (answered_date >= %(as_of)s::date - %(questionnaire_days)s::integer) is not true
    """,
    # What no rule can be asked about.
    "unknown_product": "product_id is null",
    "unknown_person": "person_key is null or held is null",
}

_BROKEN = sql.SQL(
    """
    with moment as (
        -- What is refused later than this is the business of readers' view and of the next run.
        select created_at from serving.publications where publication_id = %(publication_id)s
    ),

    suppressed as (
        select
            person_key,
            bool_or(reason in ('objected', 'consent_withdrawn')) as is_refusing,
            bool_or(reason in ('objected', 'consent_withdrawn') and serves = 'nothing') as wants_nothing
        from ops.suppressed_persons()
        where since < (select created_at from moment)
        group by person_key
    ),

    withdrawn as (
        select person_key, array_agg(purpose) as purposes, array_agg(since) as since
        from ops.withdrawn_consents()
        where since < (select created_at from moment)
        group by person_key
    ),

    rules as (
        select
            products.*,
            persons.*,
            suppressed.is_refusing,
            suppressed.wants_nothing,
            withdrawn.purposes as withdrawn_purposes,
            withdrawn.since as withdrawn_since,
            features.held_product_ids as held,
            extract(year from %(as_of)s::date)::integer - persons.birth_year as oldest,
            extract(year from %(as_of)s::date)::integer
            - coalesce(persons.birth_year_to, persons.birth_year) as youngest,
            case when to_char(%(as_of)s::date, 'MMDD') = '1231' then 0 else 1 end as birthday_doubt
        from {rows} as rows
        left join lateral (
            select
                product_id, category, risk_class, min_age, max_age, min_annual_income,
                min_horizon_years as min_horizon, min_knowledge_level as min_knowledge,
                min_loss_capacity as min_loss, countries, target_segments, negative_segments, requires, excludes,
                max_in_category, cooling_off_days, consent_purpose, launched_date, withdrawn_date
            from marts.dim_products where dim_products.product_id = rows.product_id
        ) as products on true
        left join lateral (
            select
                person_key, status, birth_year, birth_year_to, annual_income, country, segment, is_in_arrears,
                risk_tolerance, knowledge_level, loss_capacity, horizon_years, answered_date, refused_product_ids,
                refused_dates, granted_purposes, granted_at, refused_purposes
            from marts.dim_customers where dim_customers.person_key = rows.person_key
        ) as persons on true
        left join marts.feat_customers as features
            on features.person_key = rows.person_key and features.feature_date = %(as_of)s
        left join suppressed on suppressed.person_key = rows.person_key
        left join withdrawn on withdrawn.person_key = rows.person_key
    )

    select {counts} from rules
    """
)


def count_broken_rules(
    connection: Connection, publication_id: int, as_of: date, *, cooling_off_days: int, on_objection: str
) -> dict[str, int]:
    """How many rows of a publication break which rule, 0 where it holds; and how many name nobody or nothing known."""
    counts = sql.SQL(", ").join(
        sql.SQL("count(*) filter (where {}) as {}").format(sql.SQL(where), sql.Identifier(rule))
        for rule, where in BROKEN_WHERE.items()
    )
    params: dict[str, Any] = {
        "publication_id": publication_id,
        "as_of": as_of,
        "cooling_off_days": cooling_off_days,
        "on_objection": on_objection,
        "questionnaire_days": VALID_DAYS,
        "credit": sorted(CREDIT_CATEGORIES),
    }
    query = _BROKEN.format(rows=partition(ROWS, publication_id), counts=counts)
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, params).fetchone()
    assert row is not None
    return row
