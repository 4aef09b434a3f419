select customer_key
from {{ source('ops', 'consents_in_doubt') }}
