-- Limits of products that come with the rules category_cap, cooling_off and consent, and what scoring asks about consents.
alter table raw.products add column max_in_category integer;
alter table raw.products add column cooling_off_days integer;
alter table raw.products add column consent_purpose text;

alter table ops.consents drop constraint consents_purpose_check;
alter table ops.consents add constraint consents_purpose_check check (
    purpose in (
        'profiling', 'marketing', 'marketing_email', 'marketing_push', 'marketing_sms', 'marketing_phone',
        'marketing_post', 'third_party'
    )
);

-- As ops.suppress_person does: whoever has waited in ops.await_suppressions reads every consent that is older than the
-- moment at which the wait began. The lock is taken before `recorded_at` is.
create function ops.hold_back_scoring() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_xact_lock(1937076336);
    return null;
end
$$;
create trigger hold_back_scoring before insert on ops.consents
for each statement execute function ops.hold_back_scoring();

-- The marts know what was allowed when they were built; what the bank has written down since is asked now.
create function ops.withdrawn_consents() returns table (person_key uuid, purpose text, since timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with decisions as (
        select consents.customer_key as person_key, consents.purpose, consents.is_granted, consents.recorded_at
        from ops.consents
        union
        -- Whoever was joined since the marts were built is in them under both keys.
        select links.person_key, consents.purpose, consents.is_granted, consents.recorded_at
        from ops.consents
        inner join raw.customer_links as links on links.customer_key = consents.customer_key
    ),

    latest as (
        -- In a tie the refusal wins: false sorts first.
        select distinct on (person_key, purpose) person_key, purpose, is_granted, recorded_at
        from decisions
        order by person_key, purpose, recorded_at desc, is_granted
    )

    select person_key, purpose, recorded_at from latest
    where not is_granted
$$;
comment on function ops.withdrawn_consents is 'What was last refused at the bank, by person as the marts know persons, and purpose.';

revoke all on function ops.hold_back_scoring, ops.withdrawn_consents from public;
grant execute on function ops.withdrawn_consents to publisher;

-- A refusal counts for as long as the longest cooling-off.
update ops.dated_places set least_days = 365
where place = 'raw.interactions';
