select
    customer_key,
    person_key,
    match_rule
from {{ source('feed', 'customer_links') }}
