"""The proof that nobody was profiled who must not be: counted from a publication's own rows, in SQL."""

from __future__ import annotations

from psycopg import sql
from psycopg.rows import dict_row

from recsys.explanation.reason import UNPROFILED
from recsys.io.partitions import ELIMINATIONS, ROWS, partition
from recsys.io.postgres import Connection

# What must be 0, or the publication is not let through.
PROMISES = (
    "profiled_without_consent",
    "shown_though_suppressed",
    "shown_though_restricted",
    "objections_without_rule",
)

# The scorer of a row is read off the row. Popularity's reasons have codes of their own, one for each row; and it gives
# a product one score, whoever the person is. A row that differs in either was made from a profile. A suppression of
# later than the scoring is the business of the view, which hides the rows.
_PROOF = sql.SQL(
    """
    with moment as (
        select created_at from serving.publications where publication_id = %(publication_id)s
    ),

    suppressed as (
        select
            person_key,
            bool_or(reason in ('objected', 'consent_withdrawn')) as is_refusing,
            bool_or(serves = 'nothing') as is_silenced,
            bool_or(serves = 'nothing' and reason in ('objected', 'consent_withdrawn')) as wants_nothing,
            bool_or(serves = 'nothing' and reason not in ('objected', 'consent_withdrawn')) as is_left_out,
            bool_or(reason = 'restricted') as is_restricted
        from ops.suppressed_persons()
        where since < (select created_at from moment)
        group by person_key
    ),

    unprofiled as (
        select
            persons.person_key,
            suppressed.is_refusing is true as is_refusing,
            suppressed.is_silenced is true as is_silenced
        from marts.dim_customers as persons
        left join suppressed on suppressed.person_key = persons.person_key
        where persons.has_profiling_consent is not true or suppressed.is_refusing
    ),

    -- Who said no, unlike those who were never asked; and of them those who are to be offered nothing.
    objecting as (
        select
            persons.person_key,
            suppressed.wants_nothing is true or %(on_objection)s = 'nothing' as wants_nothing
        from marts.dim_customers as persons
        left join suppressed on suppressed.person_key = persons.person_key
        where suppressed.is_refusing or 'profiling' = any(persons.refused_purposes)
    ),

    nothing as (
        select person_key from suppressed where is_silenced
        union
        select person_key from objecting where wants_nothing
    ),

    popularity as (
        select array[reason_id] as reason_ids from serving.reasons
        where publication_id = %(publication_id)s and starts_with(code, %(unprofiled)s)
    ),

    usual_scores as (
        select product_id, mode() within group (order by score) as score
        from {rows}
        where reason_ids in (select reason_ids from popularity)
        group by product_id
    ),

    shown as (
        select
            rows.person_key,
            count(*) filter (
                where (
                    rows.reason_ids in (select reason_ids from popularity) and rows.score = usual_scores.score
                ) is not true
            ) as n_profiled
        from {rows} as rows
        left join usual_scores on usual_scores.product_id = rows.product_id
        where
            rows.person_key in (
                select person_key from unprofiled union select person_key from suppressed
                union select person_key from objecting
            )
        group by rows.person_key
    ),

    told as (
        select eliminations.person_key
        from {eliminations} as eliminations
        cross join unnest(eliminations.set_ids) with ordinality as numbers (set_id, place)
        inner join serving.publication_products as products
            on products.publication_id = %(publication_id)s and products.position = numbers.place - 1
        inner join serving.elimination_sets as sets
            on sets.publication_id = %(publication_id)s and sets.product_id = products.product_id
            and sets.set_id = numbers.set_id
        where eliminations.person_key in (select person_key from objecting) and 'objection' = any(sets.rules)
        group by eliminations.person_key
        having count(*) = (
            select count(*) from serving.publication_products where publication_id = %(publication_id)s
        )
    )

    select
        (select count(*) from unprofiled) as persons_not_to_profile,
        (select count(*) from unprofiled where is_refusing) as persons_who_objected_or_withdrew,
        (
            select count(*) from unprofiled inner join shown on shown.person_key = unprofiled.person_key
            where shown.n_profiled = 0
        ) as got_popular_products,
        (
            select count(*) from unprofiled
            where not exists (select 1 from shown where shown.person_key = unprofiled.person_key)
        ) as got_nothing,
        (
            select count(*) from unprofiled inner join shown on shown.person_key = unprofiled.person_key
            where shown.n_profiled > 0
        ) as profiled_without_consent,
        (select count(*) from objecting) as persons_who_object,
        (
            select count(*) from objecting inner join shown on shown.person_key = objecting.person_key
            where shown.n_profiled = 0
        ) as object_and_got_popular_products,
        (
            select count(*) from objecting
            where not exists (select 1 from shown where shown.person_key = objecting.person_key)
        ) as object_and_got_nothing,
        (
            select coalesce(sum(shown.n_profiled), 0)::bigint
            from objecting inner join shown on shown.person_key = objecting.person_key
        ) as profiled_rows_of_who_objects,
        (select count(*) from told) as object_and_are_refused_by_rule,
        (
            select count(*) from objecting
            where
                wants_nothing and person_key not in (select person_key from told)
                and not exists (
                    -- Erased or restricted, they are left out of scoring.
                    select 1 from suppressed
                    where suppressed.person_key = objecting.person_key and suppressed.is_left_out
                )
        ) as objections_without_rule,
        (select count(*) from nothing) as persons_to_show_nothing,
        (
            select count(*) from nothing inner join shown on shown.person_key = nothing.person_key
        ) as shown_though_suppressed,
        (select count(*) from suppressed where is_restricted) as persons_restricted,
        (
            select count(*) from suppressed inner join shown on shown.person_key = suppressed.person_key
            where suppressed.is_restricted
        ) as shown_though_restricted
    """
)


def prove_profiling(connection: Connection, publication_id: int, on_objection: str) -> dict[str, int]:
    """How many persons must not be profiled, what they got, and how many were profiled all the same; and of those who
    object how many got what is popular, how many nothing, and for how many a rule tells so. `on_objection` is what the
    bank has set.
    """
    query = _PROOF.format(rows=partition(ROWS, publication_id), eliminations=partition(ELIMINATIONS, publication_id))
    params = {"publication_id": publication_id, "unprofiled": f"{UNPROFILED}:", "on_objection": on_objection}
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, params).fetchone()
    assert row is not None
    return row
