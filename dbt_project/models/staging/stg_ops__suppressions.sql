select
    customer_key,
    reason
from {{ source('ops', 'suppressions') }}
