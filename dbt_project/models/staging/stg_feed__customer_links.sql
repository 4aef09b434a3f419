with links as (
    select * from {{ source('feed', 'customer_links') }}
),

-- GDPR art. 18: stored in `raw`, and used for nothing. Every model finds persons through these links, so whoever is
-- not among them is in no table that dbt builds.
restricted as (
    select distinct links.person_key
    from links
    inner join {{ ref('stg_ops__suppressions') }} as suppressions on links.customer_key = suppressions.customer_key
    where suppressions.reason = 'restricted'
)

select
    links.customer_key,
    links.person_key,
    links.match_rule
from links
where links.person_key not in (select restricted.person_key from restricted)
