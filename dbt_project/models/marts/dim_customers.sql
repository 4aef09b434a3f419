{{ config(indexes=[{'columns': ['person_key'], 'unique': true}]) }}

with persons as (
    select * from {{ ref('int_persons_dated') }}
    where feature_date = {{ run_date('as_of') }}
),

surveys as (
    select * from {{ ref('int_surveys_dated') }}
    where feature_date = {{ run_date('as_of') }}
),

consents as (
    select * from {{ ref('int_consents_latest') }}
    where purpose = 'profiling'
),

refused as (
    select * from {{ ref('int_profiling_refused') }}
),

purposes as (
    select
        person_key,
        array_agg(purpose order by purpose) filter (where is_granted) as granted_purposes,
        array_agg(recorded_at order by purpose) filter (where is_granted) as granted_at,
        array_agg(purpose order by purpose) filter (where not is_granted) as refused_purposes
    from {{ ref('int_purposes_decided') }}
    group by person_key
),

refusals as (
    select
        person_key,
        array_agg(product_id order by product_id collate "C") as refused_product_ids,
        array_agg(refused_date order by product_id collate "C") as refused_dates
    from {{ ref('int_refusals_latest') }}
    group by person_key
)

select
    persons.person_key,
    persons.registered_date,
    persons.status,
    persons.birth_year,
    persons.birth_year_to,
    persons.country,
    persons.region,
    persons.gender,
    persons.marital_status,
    persons.n_dependants,
    persons.education,
    persons.employment_status,
    persons.occupation,
    persons.annual_income,
    persons.is_in_arrears,
    persons.segment,
    persons.language,
    -- Another legal basis needs no consent, yet somebody who refused stays refused.
    coalesce(consents.is_granted, {{ run_text('legal_basis') }} <> 'consent')
    and refused.person_key is null as has_profiling_consent,
    purposes.granted_purposes,
    purposes.granted_at,
    purposes.refused_purposes,
    surveys.risk_tolerance,
    surveys.knowledge_level,
    surveys.loss_capacity,
    surveys.horizon_years,
    surveys.answered_date,
    refusals.refused_product_ids,
    refusals.refused_dates,
    persons.is_point_in_time
from persons
left join surveys on persons.person_key = surveys.person_key
left join consents on persons.person_key = consents.person_key
left join refused on persons.person_key = refused.person_key
left join purposes on persons.person_key = purposes.person_key
left join refusals on persons.person_key = refusals.person_key
