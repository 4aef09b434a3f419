{{ config(indexes=[{'columns': ['feature_date', 'person_key'], 'unique': true}]) }}

with persons as (
    select * from {{ ref('int_persons_dated') }}
),

surveys as (
    select * from {{ ref('int_surveys_dated') }}
),

holdings as (
    select * from {{ ref('int_holdings_held') }}
),

money as (
    select
        person_key,
        feature_date,
        sum(n_transactions_90d) as n_transactions_90d,
        sum(money_in_90d) as money_in_90d,
        sum(spend_30d) as spend_30d,
        sum(spend_90d) as spend_90d,
        sum(spend_365d) as spend_365d
    from {{ ref('int_money_windowed') }}
    group by person_key, feature_date
),

booking_days as (
    select distinct {{ known_date('booked_date') }} as booked_date
    from {{ ref('fct_transactions') }}
),

-- No bookings are "nothing spent" only where the bank delivers bookings. Before the first of them, and where the last
-- is older than the window, what was spent is unknown.
deliveries as (
    select
        feature_dates.feature_date,
        case when feature_dates.feature_date - max(booking_days.booked_date) < 30 then 0 end as nothing_30d,
        case when feature_dates.feature_date - max(booking_days.booked_date) < 90 then 0 end as nothing_90d,
        case when feature_dates.feature_date - max(booking_days.booked_date) < 365 then 0 end as nothing_365d
    from {{ ref('int_feature_dates_listed') }} as feature_dates
    left join booking_days on feature_dates.feature_date >= booking_days.booked_date
    group by feature_dates.feature_date
),

joined as (
    select
        persons.*,
        surveys.investment_goal,
        surveys.risk_tolerance,
        surveys.knowledge_level,
        surveys.loss_capacity,
        surveys.horizon_years,
        surveys.extras as survey_extras,
        coalesce(holdings.n_holdings, 0) as n_holdings,
        coalesce(holdings.held_product_ids, cast('{}' as text [])) as held_product_ids,
        deliveries.nothing_90d + coalesce(money.n_transactions_90d, 0) as n_transactions_90d,
        deliveries.nothing_90d + coalesce(money.money_in_90d, 0) as money_in_90d,
        deliveries.nothing_30d + coalesce(money.spend_30d, 0) as spend_30d,
        deliveries.nothing_90d + coalesce(money.spend_90d, 0) as spend_90d,
        deliveries.nothing_365d + coalesce(money.spend_365d, 0) as spend_365d
    from persons
    inner join deliveries on persons.feature_date = deliveries.feature_date
    left join surveys on persons.person_key = surveys.person_key and persons.feature_date = surveys.feature_date
    left join holdings on persons.person_key = holdings.person_key and persons.feature_date = holdings.feature_date
    left join money on persons.person_key = money.person_key and persons.feature_date = money.feature_date
)

select
    person_key,
    feature_date,
    -- Of a band of birth years the middle.
    cast(extract(year from feature_date) as integer)
    - (birth_year + coalesce(birth_year_to, birth_year)) / 2 as age_years,
    annual_income,
    greatest(feature_date - registered_date, 0) as tenure_days,
    country,
    region,
    segment,
    education,
    employment_status,
    occupation,
    n_dependants,
    investment_goal,
    risk_tolerance,
    knowledge_level,
    loss_capacity,
    horizon_years,
    cast(n_holdings as integer) as n_holdings,
    cast(n_transactions_90d as integer) as n_transactions_90d,
    money_in_90d,
    spend_90d as money_out_90d,
    cast(round((money_in_90d - spend_90d) / nullif(money_in_90d, 0), 4) as double precision) as savings_rate_90d,
    spend_30d,
    spend_90d,
    spend_365d,
    held_product_ids,
    nullif(coalesce(extras, '{}') || coalesce(survey_extras, '{}'), '{}') as extras
from joined
