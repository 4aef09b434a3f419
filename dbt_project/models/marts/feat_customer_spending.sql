{{ config(indexes=[{'columns': ['feature_date', 'person_key', 'category'], 'unique': true}]) }}

with persons as (
    select
        person_key,
        feature_date
    from {{ ref('int_persons_dated') }}
),

money as (
    select * from {{ ref('int_money_windowed') }}
    where spend_365d > 0
)

select
    money.person_key,
    money.feature_date,
    money.category,
    money.spend_30d,
    money.spend_90d,
    money.spend_365d,
    -- A hundredth of a percent is more than a model can tell apart, and is kept with every decision.
    cast(
        greatest(
            round(money.spend_365d / sum(money.spend_365d) over (partition by money.person_key, money.feature_date), 4),
            0.0001
        ) as double precision
    ) as share_365d
from money
inner join persons on money.person_key = persons.person_key and money.feature_date = persons.feature_date
