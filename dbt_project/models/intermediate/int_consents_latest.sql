with consents as (
    select * from {{ ref('stg_feed__consents') }}
),

links as (
    select * from {{ ref('stg_feed__customer_links') }}
)

-- In a tie the refusal wins: false sorts first.
select distinct on (links.person_key, consents.purpose)
    links.person_key,
    consents.purpose,
    consents.is_granted,
    consents.recorded_at
from consents
inner join links on consents.customer_key = links.customer_key
where consents.recorded_date <= {{ run_date('as_of') }}
order by links.person_key, consents.purpose, consents.recorded_at desc, consents.is_granted
