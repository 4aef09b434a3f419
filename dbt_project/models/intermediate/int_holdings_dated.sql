with holdings as (
    select * from {{ ref('int_holdings_merged') }}
),

snapshot_holdings as (
    select
        person_key,
        product_id,
        count(*) over (partition by person_key) as n_holdings
    from holdings
    where
        {{ run_text('history') }} = 'snapshot'
        and (closed_date is null or closed_date > {{ run_date('as_of') }})
),

-- A place between 0 and 1 for every owner of two or more, by a hash that only the seed changes.
owners as (
    select
        person_key,
        product_id,
        cast(cast('x' || left(md5(person_key || 'fold' || {{ run_text('seed') }}), 8) as bit(32)) as bigint)
        / 4294967296.0 as place
    from snapshot_holdings
    where n_holdings >= 2
),

-- Of one share of them one product is held out for the outer fold, of another share for the inner one.
held_out as (
    select distinct on (person_key)
        person_key,
        product_id,
        case when place < {{ var('held_out_share') }} then 0 else 1 end as days_before
    from owners
    where place < 2 * {{ var('held_out_share') }}
    order by person_key, md5(person_key || product_id || {{ run_text('seed') }}), product_id
),

dated as (
    select
        holdings.person_key,
        holdings.product_id,
        case
            when {{ run_text('history') }} = 'events'
                -- Without a date it is known to be held only now, or until it was closed.
                then coalesce(holdings.opened_date, least({{ run_date('as_of') }}, holdings.closed_date))
            when held_out.product_id is null then {{ run_date('as_of') }} - 2
            else {{ run_date('as_of') }} - held_out.days_before
        end as opened_date,
        holdings.closed_date,
        holdings.balance,
        holdings.opened_date is null as is_opened_date_assumed
    from holdings
    left join held_out
        on holdings.person_key = held_out.person_key and holdings.product_id = held_out.product_id
)

-- An assumed date may meet a real one.
select
    person_key,
    product_id,
    opened_date,
    case when bool_and(closed_date is not null) then max(closed_date) end as closed_date,
    sum(balance) as balance,
    bool_and(is_opened_date_assumed) as is_opened_date_assumed
from dated
group by person_key, product_id, opened_date
