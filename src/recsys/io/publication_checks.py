"""What must hold for a publication, asked of its tables in SQL, apart from the code that made them."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from recsys.io.partitions import ELIMINATIONS, ROWS, partition
from recsys.io.postgres import Connection
from recsys.ranking.rules.arrears import CREDIT_CATEGORIES
from recsys.ranking.rules.questionnaire import VALID_DAYS

# Each rule once more, in another language: rows that break it. `is not true` also counts what is unknown.
_BROKEN_RULES = sql.SQL(
    """
    with rules as (
        select
            products.*,
            persons.*,
            features.held_product_ids as held,
            extract(year from %(as_of)s::date)::integer - persons.birth_year as oldest,
            extract(year from %(as_of)s::date)::integer
            - coalesce(persons.birth_year_to, persons.birth_year) as youngest,
            case when to_char(%(as_of)s::date, 'MMDD') = '1231' then 0 else 1 end as birthday_doubt,
            persons.answered_date >= %(as_of)s::date - %(questionnaire_days)s::integer as is_answered
        from {rows} as rows
        left join lateral (
            select
                product_id, category, risk_class, min_age, max_age, min_annual_income,
                min_horizon_years as min_horizon, min_knowledge_level as min_knowledge,
                min_loss_capacity as min_loss, countries, target_segments, negative_segments, requires, excludes,
                launched_date, withdrawn_date
            from marts.dim_products where dim_products.product_id = rows.product_id
        ) as products on true
        left join lateral (
            select
                person_key, status, birth_year, birth_year_to, annual_income, country, segment, is_in_arrears,
                risk_tolerance, knowledge_level, loss_capacity, horizon_years, answered_date
            from marts.dim_customers where dim_customers.person_key = rows.person_key
        ) as persons on true
        left join marts.feat_customers as features
            on features.person_key = rows.person_key and features.feature_date = %(as_of)s
    )

    select
        count(*) filter (where product_id is null) as unknown_product,
        count(*) filter (where person_key is null or held is null) as unknown_person,
        count(*) filter (where product_id = any(held)) as already_held,
        count(*) filter (where launched_date > %(as_of)s or withdrawn_date <= %(as_of)s) as on_sale,
        count(*) filter (where status <> 'active') as status,
        count(*) filter (
            where lower(category) = any(%(credit)s)
            -- Unknown counts as behind, but for a bank that delivers nobody's arrears.
            and coalesce(is_in_arrears, exists (select 1 from marts.dim_customers where is_in_arrears is not null))
        ) as arrears,
        count(*) filter (
            where min_age is not null and (youngest - birthday_doubt >= min_age) is not true
            or max_age is not null and (oldest <= max_age) is not true
        ) as age,
        count(*) filter (
            where min_annual_income is not null and (annual_income >= min_annual_income) is not true
        ) as income,
        count(*) filter (where cardinality(countries) > 0 and (country = any(countries)) is not true) as country,
        count(*) filter (
            where cardinality(negative_segments) > 0 and (segment <> all(negative_segments)) is not true
        ) as negative_segment,
        count(*) filter (
            where cardinality(target_segments) > 0 and (segment = any(target_segments)) is not true
        ) as target_segment,
        count(*) filter (where cardinality(requires) > 0 and not requires && held) as requires,
        count(*) filter (where excludes && held) as excludes,
        count(*) filter (
            where risk_class is not null and (risk_tolerance >= risk_class) is not true
        ) as risk,
        count(*) filter (
            where min_knowledge is not null and (knowledge_level >= min_knowledge) is not true
        ) as knowledge,
        count(*) filter (
            where min_loss is not null and (loss_capacity >= min_loss) is not true
        ) as loss_capacity,
        count(*) filter (
            where min_horizon is not null and (horizon_years >= min_horizon) is not true
        ) as horizon,
        count(*) filter (
            where coalesce(risk_class, min_knowledge, min_loss, min_horizon) is not null and is_answered is not true
        ) as questionnaire
    from rules
    """
)

_BROKEN_RANKS = sql.SQL(
    """
    select count(*) as broken_ranks
    from (
        select
            rank,
            row_number() over person as place,
            score,
            lag(score) over person as better_score
        from {rows}
        window person as (partition by person_key order by rank)
    ) as places
    where rank <> place or score > better_score
    """
)

# Rows that nobody can explain.
_BROKEN_REASONS = sql.SQL(
    """
    select count(*) as without_reason
    from {rows} as rows
    where (
        rows.reason_ids && array(select reason_id from serving.reasons where publication_id = %(publication_id)s)
    ) is not true
    """
)

# Persons with fewer than N rows whose eliminations do not account for every other product.
_UNEXPLAINED = sql.SQL(
    """
    with lengths as (
        select persons.person_key, count(rows.rank) as n_rows
        from marts.dim_customers as persons
        left join {rows} as rows on rows.person_key = persons.person_key
        where persons.person_key not in (select person_key from ops.suppressed_persons() where serves = 'nothing')
        group by persons.person_key
        having count(rows.rank) < %(top_n)s
    )

    select count(*) as unexplained_shortfalls
    from lengths
    where n_rows + (
        select count(distinct product_id)
        from {eliminations} as eliminations, unnest(eliminations.product_ids) as product_id
        where eliminations.person_key = lengths.person_key
    ) <> (select count(*) from marts.dim_products)
    """
)

_SHARED = sql.SQL(
    """
    select count(*) as n_shared, count(*) filter (where old.product_id <> new.product_id) as n_first_changed
    from {old} as old
    inner join {new} as new on new.person_key = old.person_key
    where old.rank = 1 and new.rank = 1
    """
)


def broken_promises(connection: Connection, publication_id: int, as_of: date, top_n: int) -> dict[str, int]:
    """How many rows or persons break which promise; empty where all are kept."""
    tables = {
        "rows": partition(ROWS, publication_id),
        "eliminations": partition(ELIMINATIONS, publication_id),
    }
    params = {
        "as_of": as_of,
        "top_n": top_n,
        "questionnaire_days": VALID_DAYS,
        "credit": sorted(CREDIT_CATEGORIES),
        "publication_id": publication_id,
    }
    found: dict[str, int] = {}
    for query in (_BROKEN_RULES, _BROKEN_RANKS, _BROKEN_REASONS, _UNEXPLAINED):
        found |= _row(connection, query.format(**tables), params)
    return {promise: n_broken for promise, n_broken in found.items() if n_broken}


def count_first_changes(connection: Connection, old_id: int, new_id: int) -> tuple[int, int]:
    """Persons served by both publications, and those among them whose first product differs."""
    row = _row(connection, _SHARED.format(old=partition(ROWS, old_id), new=partition(ROWS, new_id)), {})
    return row["n_shared"], row["n_first_changed"]


def _row(connection: Connection, query: sql.Composed, params: dict[str, Any]) -> dict[str, int]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, params).fetchone()
    assert row is not None
    return row
