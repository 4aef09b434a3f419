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
    surveys.risk_tolerance,
    surveys.knowledge_level,
    surveys.loss_capacity,
    surveys.horizon_years,
    surveys.answered_date,
    persons.is_point_in_time
from persons
left join surveys on persons.person_key = surveys.person_key
left join consents on persons.person_key = consents.person_key
left join refused on persons.person_key = refused.person_key
