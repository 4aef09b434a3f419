with holdings as (
    select * from {{ ref('fct_holdings') }}
),

feature_dates as (
    select * from {{ ref('int_feature_dates_listed') }}
)

select
    holdings.person_key,
    feature_dates.feature_date,
    count(distinct holdings.product_id) as n_holdings,
    array_agg(distinct holdings.product_id collate "C" order by holdings.product_id collate "C") as held_product_ids
from holdings
inner join feature_dates
    on
        holdings.opened_date <= feature_dates.feature_date
        and (holdings.closed_date is null or holdings.closed_date > feature_dates.feature_date)
group by holdings.person_key, feature_dates.feature_date
