select
    event_id,
    customer_key,
    product_id,
    {{ tidy_word('event_type') }} as event_type,
    value,
    {{ tidy_word('channel') }} as channel,
    occurred_at,
    cast(occurred_at at time zone 'UTC' as date) as occurred_date
from {{ source('feed', 'interactions') }}
