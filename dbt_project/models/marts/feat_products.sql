select
    product_id,
    category,
    risk_class,
    annual_fee,
    risk_class is not null as is_investment,
    coalesce(annual_fee, 0) > 0 as has_fee,
    min_annual_income is not null as has_income_limit,
    min_age is not null or max_age is not null as has_age_limit,
    requires is not null as has_required_product,
    min_horizon_years
from {{ ref('dim_products') }}
