{%- set mart = adapter.get_relation(database=target.database, schema='marts', identifier='fct_transactions') -%}
{%- set fingerprint -%}
    count(*) as n_rows,
    bit_xor(
        hash_record_extended(
            row(transaction_id, person_key, booked_at, amount, currency, category, merchant), 0
        )
    ) as content_hash
{%- endset -%}
with fresh as (
    select
        booked_date,
        {{ fingerprint }}
    from {{ ref('int_transactions_linked') }}
    group by booked_date
){% if execute and mart is not none %},

built as (
    select
        booked_date,
        {{ fingerprint }}
    from {{ mart }}
    group by booked_date
)

select coalesce(fresh.booked_date, built.booked_date) as booked_date
from fresh
full outer join built on fresh.booked_date = built.booked_date
where
    fresh.n_rows is distinct from built.n_rows
    or fresh.content_hash is distinct from built.content_hash
{%- else %}

select booked_date from fresh
{%- endif %}
