select
    customer_key,
    {{ tidy_word('purpose') }} as purpose,
    is_granted,
    recorded_at,
    cast(recorded_at at time zone 'UTC' as date) as recorded_date
from {{ source('feed', 'consents') }}
