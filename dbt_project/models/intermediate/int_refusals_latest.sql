with events as (
    select * from {{ ref('stg_feed__interactions') }}
    where event_type = 'dislike'
),

links as (
    select * from {{ ref('stg_feed__customer_links') }}
)

-- A refusal counts whenever it was given, as that of a consent does: what a run of an earlier day makes is used today.
select
    links.person_key,
    events.product_id,
    max(events.occurred_date) as refused_date
from events
inner join links on events.customer_key = links.customer_key
group by links.person_key, events.product_id
