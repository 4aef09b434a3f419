with feed_consents as (
    select * from {{ ref('stg_feed__consents') }}
),

own_consents as (
    select * from {{ ref('stg_ops__consents') }}
),

links as (
    select * from {{ ref('stg_feed__customer_links') }}
),

-- A run looks at an earlier day, yet what it makes is used today: a refusal counts whenever it was given, and so does
-- what the bank itself has written down.
consents as (
    select
        customer_key,
        purpose,
        is_granted,
        recorded_at
    from feed_consents
    where recorded_date <= {{ run_date('as_of') }} or not is_granted
    union all
    select
        customer_key,
        purpose,
        is_granted,
        recorded_at
    from own_consents
)

-- In a tie the refusal wins: false sorts first.
select distinct on (links.person_key, consents.purpose)
    links.person_key,
    consents.purpose,
    consents.is_granted,
    consents.recorded_at
from consents
inner join links on consents.customer_key = links.customer_key
order by links.person_key, consents.purpose, consents.recorded_at desc, consents.is_granted
