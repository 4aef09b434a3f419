{{ config(indexes=[{'columns': ['person_key', 'product_id', 'opened_date'], 'unique': true}]) }}

select
    person_key,
    product_id,
    opened_date,
    closed_date,
    balance,
    is_opened_date_assumed
from {{ ref('int_holdings_dated') }}
