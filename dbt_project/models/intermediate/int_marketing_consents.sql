with decisions as (
    select * from {{ ref('int_consents_latest') }}
),

umbrella as (
    select * from decisions
    where purpose = 'marketing'
),

channels as (
    select * from decisions
    where purpose like 'marketing\_%'
),

persons_and_channels as (
    select
        umbrella.person_key,
        channel.purpose
    from umbrella
    cross join
        unnest(
            array['marketing_email', 'marketing_push', 'marketing_sms', 'marketing_phone', 'marketing_post']
        ) as channel (purpose)
    union
    select
        person_key,
        purpose
    from channels
)

-- `marketing` speaks for a channel of which nothing is said. A refusal of all marketing also counts against what was
-- allowed of a channel before, or in the same moment; an allowance of all does not undo the refusal of one.
select
    persons_and_channels.person_key,
    persons_and_channels.purpose,
    case
        when channels.is_granted is null then umbrella.is_granted
        when umbrella.is_granted is false and umbrella.recorded_at >= channels.recorded_at then false
        else channels.is_granted
    end as is_granted,
    greatest(channels.recorded_at, umbrella.recorded_at) as recorded_at
from persons_and_channels
left join channels
    on persons_and_channels.person_key = channels.person_key and persons_and_channels.purpose = channels.purpose
left join umbrella on persons_and_channels.person_key = umbrella.person_key
