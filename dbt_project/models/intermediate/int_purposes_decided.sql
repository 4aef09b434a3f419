with decisions as (
    select * from {{ ref('int_consents_latest') }}
    where purpose not like 'marketing\_%'
    union all
    select * from {{ ref('int_marketing_consents') }}
),

refusing as (
    select * from {{ ref('int_profiling_refused') }}
)

select
    decisions.person_key,
    decisions.purpose,
    decisions.is_granted and not (decisions.purpose = 'profiling' and refusing.person_key is not null) as is_granted,
    decisions.recorded_at
from decisions
left join refusing on decisions.person_key = refusing.person_key
union all
-- Whoever objected without ever having been asked has decided too.
select
    refusing.person_key,
    'profiling' as purpose,
    false as is_granted,
    null as recorded_at
from refusing
left join decisions on refusing.person_key = decisions.person_key and decisions.purpose = 'profiling'
where decisions.person_key is null
