select
    feed.customer_key,
    feed.registered_at as registered_date,
    feed.valid_from as valid_from_date,
    {{ tidy_word('feed.status') }} as status,
    {{ tidy('feed.region') }} as region,
    upper({{ tidy('feed.country') }}) as country,
    cast(feed.birth_year as integer) as birth_year,
    cast(feed.birth_year_to as integer) as birth_year_to,
    {{ tidy_word('feed.gender') }} as gender,
    {{ tidy_word(canonical('marital_status')) }} as marital_status,
    feed.n_dependants,
    {{ tidy_word(canonical('education')) }} as education,
    {{ tidy_word(canonical('employment_status')) }} as employment_status,
    {{ tidy_word(canonical('occupation')) }} as occupation,
    feed.annual_income,
    feed.is_in_arrears,
    {{ tidy(canonical('segment')) }} as segment,
    {{ tidy(canonical('branch')) }} as branch,
    feed.advisor_key,
    {{ tidy_word('feed.language') }} as language,
    {{ declared_features('customers') }} as extras
from {{ source('feed', 'customers') }} as feed
{{ canonical_join('customers', 'marital_status') }}
{{ canonical_join('customers', 'education') }}
{{ canonical_join('customers', 'employment_status') }}
{{ canonical_join('customers', 'occupation') }}
{{ canonical_join('customers', 'segment') }}
{{ canonical_join('customers', 'branch') }}
