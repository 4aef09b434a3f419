select
    feed.response_id,
    feed.customer_key,
    feed.answered_at,
    cast(feed.answered_at at time zone 'UTC' as date) as answered_date,
    {{ tidy_word(canonical('investment_goal')) }} as investment_goal,
    feed.horizon_years,
    feed.risk_tolerance,
    feed.knowledge_level,
    feed.loss_capacity,
    {{ declared_features('surveys') }} as extras
from {{ source('feed', 'surveys') }} as feed
{{ canonical_join('surveys', 'investment_goal') }}
