select
    feed.event_id,
    feed.customer_key,
    feed.product_id,
    {{ tidy_word('feed.event_type') }} as event_type,
    feed.value,
    {{ tidy_word(canonical('channel')) }} as channel,
    feed.occurred_at,
    cast(feed.occurred_at at time zone 'UTC' as date) as occurred_date
from {{ source('feed', 'interactions') }} as feed
{{ canonical_join('interactions', 'channel') }}
