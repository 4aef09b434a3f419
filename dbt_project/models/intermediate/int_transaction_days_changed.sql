{%- set mart = built_mart('fct_transactions') -%}

with fresh as (
    select
        booked_date,
        {{ day_fingerprint() }}
    from {{ ref('int_transactions_linked') }}
    group by booked_date
){% if mart is none %}

select booked_date from fresh
{%- else %},

built as (
    select
        booked_date,
        {{ day_fingerprint() }}
    from {{ mart }}
    group by booked_date
)

select coalesce(fresh.booked_date, built.booked_date) as booked_date
from fresh
full outer join built on fresh.booked_date = built.booked_date
where
    fresh.n_rows is distinct from built.n_rows
    or fresh.content_hash is distinct from built.content_hash
{%- endif %}
