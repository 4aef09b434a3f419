with events as (
    select * from {{ ref('stg_feed__interactions') }}
),

holdings as (
    select * from {{ ref('fct_holdings') }}
),

links as (
    select * from {{ ref('stg_feed__customer_links') }}
),

weights as (
    select * from {{ ref('event_weights') }}
),

unweighted as (
    select
        'event:' || events.event_id as interaction_id,
        links.person_key,
        events.product_id,
        events.occurred_at,
        {{ known_date('events.occurred_date') }} as interaction_date,
        events.event_type
    from events
    inner join links on events.customer_key = links.customer_key
    union all
    select
        'holding:' || person_key || ':' || product_id || ':' || opened_date as interaction_id,
        person_key,
        product_id,
        cast(opened_date as timestamp) at time zone 'UTC' as occurred_at,
        opened_date as interaction_date,
        'holding' as event_type
    from holdings
)

select
    unweighted.interaction_id,
    unweighted.person_key,
    unweighted.product_id,
    unweighted.occurred_at,
    unweighted.interaction_date,
    unweighted.event_type,
    weights.weight
from unweighted
left join weights on unweighted.event_type = weights.event_type
