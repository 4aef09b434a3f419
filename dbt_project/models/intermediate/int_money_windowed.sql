with transactions as (
    select * from {{ ref('fct_transactions') }}
),

feature_dates as (
    select * from {{ ref('int_feature_dates_listed') }}
),

windowed as (
    select
        transactions.person_key,
        transactions.category,
        transactions.amount,
        transactions.currency = {{ run_text('currency') }} as is_feed_currency,
        feature_dates.feature_date,
        feature_dates.feature_date - {{ known_date('transactions.booked_date') }} as age_days
    from transactions
    inner join feature_dates
        on
            {{ known_date('transactions.booked_date') }} <= feature_dates.feature_date
            and {{ known_date('transactions.booked_date') }} > feature_dates.feature_date - 365
)

select
    person_key,
    feature_date,
    category,
    cast(count(*) filter (where age_days < 90) as integer) as n_transactions_90d,
    coalesce(sum(amount) filter (where is_feed_currency and amount > 0 and age_days < 90), 0) as money_in_90d,
    coalesce(sum(-amount) filter (where is_feed_currency and amount < 0 and age_days < 30), 0) as spend_30d,
    coalesce(sum(-amount) filter (where is_feed_currency and amount < 0 and age_days < 90), 0) as spend_90d,
    coalesce(sum(-amount) filter (where is_feed_currency and amount < 0), 0) as spend_365d
from windowed
group by person_key, feature_date, category
