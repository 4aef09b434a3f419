with links as (
    select * from {{ ref('stg_feed__customer_links') }}
),

refusing as (
    select customer_key
    from {{ ref('stg_ops__suppressions') }}
    where reason in ('objected', 'consent_withdrawn')
    union
    select customer_key
    from {{ ref('stg_ops__consents_in_doubt') }}
)

select distinct links.person_key
from links
inner join refusing on links.customer_key = refusing.customer_key
