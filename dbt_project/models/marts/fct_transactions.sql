{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[{'columns': ['booked_date']}],
        pre_hook="{% if is_incremental() %}delete from {{ this }} where booked_date in (select booked_date from {{ ref('int_transaction_days_changed') }}){% endif %}",
    )
}}

with transactions as (
    select * from {{ ref('int_transactions_linked') }}
),

changed_days as (
    select * from {{ ref('int_transaction_days_changed') }}
)

select
    transactions.transaction_id,
    transactions.person_key,
    transactions.booked_at,
    transactions.booked_date,
    transactions.amount,
    transactions.currency,
    transactions.category,
    transactions.merchant
from transactions
{% if is_incremental() -%}
inner join changed_days on transactions.booked_date = changed_days.booked_date
{%- endif %}
