{%- set attributes = [
    'marital_status', 'n_dependants', 'education', 'employment_status', 'occupation', 'annual_income', 'segment',
    'language',
] -%}
{#- What outsiders can know of a person comes from the one row that knows most: a mixture of two customers would be a
combination that nobody has made sure enough persons share. The same order stands in `io/anonymity.py`. -#}
{%- set shared = ['birth_year', 'birth_year_to', 'country', 'region', 'gender'] -%}
with versions as (
    select * from {{ ref('int_customer_versions_linked') }}
),

feature_dates as (
    select * from {{ ref('int_feature_dates_listed') }}
),

dated as (
    select
        versions.*,
        feature_dates.feature_date
    from versions
    inner join feature_dates
        on
            versions.known_from <= feature_dates.feature_date
            and (versions.known_until is null or versions.known_until > feature_dates.feature_date)
),

-- Most persons are one customer, and need no merging.
single_customers as (
    select
        person_key,
        feature_date,
        registered_date,
        status,
        {% for attribute in shared + attributes -%}
        {{ attribute }},
        {% endfor -%}
        is_in_arrears,
        valid_from_date is not null as is_point_in_time,
        extras
    from dated
    where is_only_customer
),

-- One object out of several: of a key that stands twice the last is kept, which is the newest.
merged_extras as (
    select
        dated.person_key,
        dated.feature_date,
        jsonb_object_agg(
            extra.key, extra.value
            order by dated.known_from, dated.customer_key = dated.person_key, dated.customer_key desc
        ) as extras
    from dated
    cross join lateral jsonb_each(dated.extras) as extra
    where not dated.is_only_customer
    group by dated.person_key, dated.feature_date
),

-- Of a person's several customers the newest row speaks first, the others fill its gaps.
merged_customers as (
    select
        person_key,
        feature_date,
        min(registered_date) as registered_date,
        case
            when bool_or(status = 'deceased') then 'deceased'
            when bool_or(status = 'active') then 'active'
            else max(status)
        end as status,
        {% for attribute in shared -%}
        (
            array_agg(
                {{ attribute }}
                order by
                    num_nonnulls(birth_year, country, region, gender) desc, known_from desc,
                    customer_key = person_key desc, customer_key
            )
        )[1] as {{ attribute }},
        {% endfor -%}
        {% for attribute in attributes -%}
        (
            array_agg({{ attribute }} order by known_from desc, customer_key = person_key desc, customer_key)
            filter (where {{ attribute }} is not null)
        )[1] as {{ attribute }},
        {% endfor -%}
        bool_or(is_in_arrears) as is_in_arrears,
        bool_and(valid_from_date is not null) as is_point_in_time
    from dated
    where not is_only_customer
    group by person_key, feature_date
),

final as (
    select * from single_customers
    union all
    select
        merged_customers.*,
        merged_extras.extras
    from merged_customers
    left join merged_extras
        on
            merged_customers.person_key = merged_extras.person_key
            and merged_customers.feature_date = merged_extras.feature_date
)

select * from final
