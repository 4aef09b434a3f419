select
    feed.transaction_id,
    feed.customer_key,
    feed.booked_at,
    cast(feed.booked_at at time zone 'UTC' as date) as booked_date,
    feed.amount,
    coalesce(upper({{ tidy('feed.currency') }}), {{ run_text('currency') }}) as currency,
    coalesce({{ tidy_word(canonical('category')) }}, 'unknown') as category,
    {{ tidy(canonical('merchant')) }} as merchant
from {{ source('feed', 'transactions') }} as feed
{{ canonical_join('transactions', 'category') }}
{{ canonical_join('transactions', 'merchant') }}
