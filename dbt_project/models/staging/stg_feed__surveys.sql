select
    response_id,
    customer_key,
    answered_at,
    cast(answered_at at time zone 'UTC' as date) as answered_date,
    {{ tidy_word('investment_goal') }} as investment_goal,
    horizon_years,
    risk_tolerance,
    knowledge_level,
    loss_capacity
from {{ source('feed', 'surveys') }}
