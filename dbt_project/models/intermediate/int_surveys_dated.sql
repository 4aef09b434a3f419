with surveys as (
    select * from {{ ref('stg_feed__surveys') }}
),

links as (
    select * from {{ ref('stg_feed__customer_links') }}
),

feature_dates as (
    select * from {{ ref('int_feature_dates_listed') }}
)

select distinct on (links.person_key, feature_dates.feature_date)
    links.person_key,
    feature_dates.feature_date,
    surveys.answered_date,
    surveys.investment_goal,
    surveys.horizon_years,
    surveys.risk_tolerance,
    surveys.knowledge_level,
    surveys.loss_capacity,
    surveys.extras
from surveys
inner join links on surveys.customer_key = links.customer_key
inner join feature_dates on {{ known_date('surveys.answered_date') }} <= feature_dates.feature_date
order by links.person_key, feature_dates.feature_date, surveys.answered_at desc, surveys.response_id desc
