select
    customer_key,
    purpose,
    is_granted,
    recorded_at
from {{ source('ops', 'consents') }}
