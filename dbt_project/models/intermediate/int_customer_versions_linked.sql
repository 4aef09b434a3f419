with customers as (
    select * from {{ ref('stg_feed__customers') }}
),

links as (
    select
        customer_key,
        person_key,
        count(*) over (partition by person_key) = 1 as is_only_customer
    from {{ ref('stg_feed__customer_links') }}
),

versions as (
    select
        links.person_key,
        links.is_only_customer,
        customers.*,
        -- A version cannot have been known before the customer was; with neither date it always was.
        coalesce(
            {{ known_date('greatest(customers.valid_from_date, customers.registered_date)') }},
            cast('-infinity' as date)
        ) as known_from
    from customers
    inner join links on customers.customer_key = links.customer_key
)

select
    versions.*,
    lead(versions.known_from) over (
        partition by versions.customer_key
        order by versions.known_from, versions.valid_from_date nulls first
    ) as known_until
from versions
