with holdings as (
    select * from {{ ref('stg_feed__holdings') }}
),

links as (
    select * from {{ ref('stg_feed__customer_links') }}
),

linked as (
    select
        links.person_key,
        holdings.product_id,
        case when {{ run_text('history') }} = 'events' then holdings.opened_date end as opened_date,
        holdings.closed_date,
        holdings.balance
    from holdings
    inner join links on holdings.customer_key = links.customer_key
)

-- What two of a person's customers hold is one holding, open as long as one of them is.
select
    person_key,
    product_id,
    opened_date,
    case when bool_and(closed_date is not null) then max(closed_date) end as closed_date,
    sum(balance) as balance
from linked
group by person_key, product_id, opened_date
