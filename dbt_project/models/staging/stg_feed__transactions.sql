select
    transaction_id,
    customer_key,
    booked_at,
    cast(booked_at at time zone 'UTC' as date) as booked_date,
    amount,
    coalesce(upper({{ tidy('currency') }}), {{ run_text('currency') }}) as currency,
    coalesce({{ tidy_word('category') }}, 'unknown') as category,
    {{ tidy('merchant') }} as merchant
from {{ source('feed', 'transactions') }}
