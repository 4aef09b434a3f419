select
    customer_key,
    product_id,
    opened_at as opened_date,
    closed_at as closed_date,
    balance
from {{ source('feed', 'holdings') }}
