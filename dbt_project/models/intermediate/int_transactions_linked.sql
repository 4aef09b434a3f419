{{ config(materialized='view') }}

with transactions as (
    select * from {{ ref('stg_feed__transactions') }}
),

links as (
    select * from {{ ref('stg_feed__customer_links') }}
)

select
    transactions.transaction_id,
    links.person_key,
    transactions.booked_at,
    transactions.booked_date,
    transactions.amount,
    transactions.currency,
    transactions.category,
    transactions.merchant
from transactions
inner join links on transactions.customer_key = links.customer_key
