select
    products.product_id,
    products.category,
    products.risk_class,
    products.annual_fee,
    products.risk_class is not null as is_investment,
    coalesce(products.annual_fee, 0) > 0 as has_fee,
    products.min_annual_income is not null as has_income_limit,
    products.min_age is not null or products.max_age is not null as has_age_limit,
    products.requires is not null as has_required_product,
    products.min_horizon_years,
    staged.extras
from {{ ref('dim_products') }} as products
inner join {{ ref('stg_feed__products') }} as staged on products.product_id = staged.product_id
