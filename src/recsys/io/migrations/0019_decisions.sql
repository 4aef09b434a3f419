-- Functions by which persons decide about their data, and by which scoring learns of it.

-- What training, scoring and its check ask: the persons of the marts whom a suppression concerns, under the marts' own keys.
create function ops.suppressed_persons()
returns table (person_key uuid, reason text, serves text, since timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select suppressions.customer_key, suppressions.reason, suppressions.serves, suppressions.since
    from ops.suppressions
    union
    -- Whoever was joined since the marts were built is in them under both keys.
    select links.person_key, suppressions.reason, suppressions.serves, suppressions.since
    from ops.suppressions
    inner join raw.customer_links as links on links.customer_key = suppressions.customer_key
$$;
comment on function ops.suppressed_persons is 'Suppressions by person, as the marts know persons.';

-- Whoever suppresses holds the lock from before `since` until the commit. Whoever has waited for it therefore reads
-- every suppression that is older than the moment at which the wait began.
create function ops.await_suppressions() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_lock_shared(1937076336);
    perform pg_advisory_unlock_shared(1937076336);
end
$$;
comment on function ops.await_suppressions is 'Wait until every suppression that has begun can be read.';

-- Whoever is in no feed any more but still in a publication has the same rights.
create function ops.customers_of(of_customer uuid) returns table (customer_key uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with persons as (
        select customers.person_key from identity.customers where customers.customer_key = of_customer
        union
        select published.person_key from identity.published_customers as published
        where
            published.customer_key = of_customer
            and not exists (select 1 from identity.customers where customers.customer_key = of_customer)
    )

    select customers.customer_key from identity.customers
    inner join persons on persons.person_key = customers.person_key
    union
    select of_customer from persons
$$;
comment on function ops.customers_of is 'All customers of a customer''s person; nobody where the bank neither has nor shows one.';

-- A publication that is being made while customers become one person was scored without the refusal of one of them.
create function ops.renew_refusals() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (
        select 1 from ops.suppressions where reason in ('objected', 'consent_withdrawn') and serves = 'popular'
    )
    -- A rotation of keys joins nobody.
    or exists (select 1 from identity.key_changes) then
        return null;
    end if;
    perform pg_advisory_xact_lock(1937076336);
    update ops.suppressions set since = clock_timestamp()
    where
        reason in ('objected', 'consent_withdrawn')
        and customer_key in (
            select same.customer_key from moved
            inner join former on former.customer_key = moved.customer_key
            inner join identity.customers as same on same.person_key = moved.person_key
            -- Who stands for a person of their own has left one, and joined none.
            where moved.person_key <> former.person_key and moved.person_key <> moved.customer_key
        );
    return null;
end
$$;
create trigger renew_refusals after update on identity.customers
referencing old table as former new table as moved
for each statement execute function ops.renew_refusals();

create function ops.suppress_person(of_customer uuid, why text, shown text, for_request bigint) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n_customers integer;
begin
    perform pg_advisory_xact_lock(1937076336);
    -- All customers of the person of today: a later split must not free one of them unasked.
    insert into ops.suppressions (customer_key, reason, serves, since, request_id)
    select same.customer_key, why, shown, clock_timestamp(), for_request
    from ops.customers_of(of_customer) as same
    where true
    on conflict (customer_key, reason) do update
    set
        serves = excluded.serves,
        request_id = excluded.request_id,
        since = case when suppressions.reason = 'rectified' then excluded.since else suppressions.since end;
    get diagnostics n_customers = row_count;
    if n_customers = 0 then
        raise no_data_found using message = 'no customer has this key';
    end if;
    return n_customers;
end
$$;
comment on function ops.suppress_person is 'Suppress every customer of a person; for functions that write their own audit entry.';

create function ops.lift_suppression(of_customer uuid, why text) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n_lifted integer;
begin
    if not exists (select 1 from ops.customers_of(of_customer)) then
        raise no_data_found using message = 'no customer has this key';
    end if;
    perform pg_advisory_xact_lock(1937076336);
    delete from ops.suppressions
    where
        reason = why
        and customer_key in (select same.customer_key from ops.customers_of(of_customer) as same);
    get diagnostics n_lifted = row_count;
    return n_lifted;
end
$$;
comment on function ops.lift_suppression is 'Lift a suppression of every customer of a person; for functions that write their own audit entry.';

create function ops.record_consent(
    of_customer uuid,
    for_purpose text,
    granted boolean,
    shown_on_withdrawal text,
    through text,
    asked_by text,
    for_request bigint default null
) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n_customers integer := 0;
begin
    if not exists (select 1 from ops.customers_of(of_customer)) then
        raise no_data_found using message = 'no customer has this key';
    end if;
    if for_purpose = 'profiling' and granted then
        n_customers := ops.lift_suppression(of_customer, 'consent_withdrawn');
    elsif for_purpose = 'profiling' then
        n_customers := ops.suppress_person(of_customer, 'consent_withdrawn', shown_on_withdrawal, for_request);
    end if;
    -- A refusal is every customer's, so that a later split leaves none of them with an older consent.
    insert into ops.consents (customer_key, purpose, is_granted, channel, request_id)
    select same.customer_key, for_purpose, granted, through, for_request
    from ops.customers_of(of_customer) as same
    where not granted or same.customer_key = of_customer;
    insert into ops.audit_log (actor, action, subject, details)
    values (
        session_user,
        'record_consent',
        of_customer::text,
        jsonb_build_object(
            'purpose', for_purpose, 'is_granted', granted, 'channel', through, 'customers', n_customers,
            'asked_by', asked_by, 'request_id', for_request
        )
    );
    return n_customers;
end
$$;
comment on function ops.record_consent is 'Write down a consent or its withdrawal; without consent to profiling what was profiled is hidden at once. Audited.';

create function ops.object_to_profiling(
    of_customer uuid, shown text, asked_by text, for_request bigint default null
) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n_customers integer := ops.suppress_person(of_customer, 'objected', shown, for_request);
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (
        session_user,
        'object_to_profiling',
        of_customer::text,
        jsonb_build_object(
            'serves', shown, 'customers', n_customers, 'asked_by', asked_by, 'request_id', for_request
        )
    );
    return n_customers;
end
$$;
comment on function ops.object_to_profiling is 'GDPR art. 21: from now on the person is not profiled, whatever was consented to. Audited.';

create function ops.restrict_processing(
    of_customer uuid, asked_by text, for_request bigint default null
) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n_customers integer := ops.suppress_person(of_customer, 'restricted', 'nothing', for_request);
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (
        session_user,
        'restrict_processing',
        of_customer::text,
        jsonb_build_object('customers', n_customers, 'asked_by', asked_by, 'request_id', for_request)
    );
    return n_customers;
end
$$;
comment on function ops.restrict_processing is 'GDPR art. 18: from now on the person is stored and nothing else. Audited.';

create function ops.lift_objection(of_customer uuid, asked_by text, for_request bigint default null) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n_customers integer := ops.lift_suppression(of_customer, 'objected');
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (
        session_user,
        'lift_objection',
        of_customer::text,
        jsonb_build_object('customers', n_customers, 'asked_by', asked_by, 'request_id', for_request)
    );
    return n_customers;
end
$$;
comment on function ops.lift_objection is 'The person takes an objection back. Audited.';

create function ops.lift_restriction(of_customer uuid, asked_by text, for_request bigint default null) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n_customers integer := ops.lift_suppression(of_customer, 'restricted');
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (
        session_user,
        'lift_restriction',
        of_customer::text,
        jsonb_build_object('customers', n_customers, 'asked_by', asked_by, 'request_id', for_request)
    );
    return n_customers;
end
$$;
comment on function ops.lift_restriction is 'The person is processed again from the next run on. Audited.';

create function ops.read_consents(of_customer uuid, asked_by text)
returns table (
    customer_key uuid, purpose text, is_granted boolean, recorded_at timestamptz, channel text, request_id bigint
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select 1 from ops.customers_of(of_customer)) then
        raise no_data_found using message = 'no customer has this key';
    end if;
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'read_consents', of_customer::text, jsonb_build_object('asked_by', asked_by));
    return query
        with person as (select same.customer_key from ops.customers_of(of_customer) as same)

        select here.customer_key, here.purpose, here.is_granted, here.recorded_at, here.channel, here.request_id
        from ops.consents as here
        inner join person on person.customer_key = here.customer_key
        union all
        select feed.customer_key, feed.purpose, feed.is_granted, feed.recorded_at, 'feed', null
        from raw.consents as feed
        inner join person on person.customer_key = feed.customer_key
        -- In a tie the refusal is the later word.
        order by 4, 2, 3 desc;
end
$$;
comment on function ops.read_consents is 'Everything that a person decided, oldest first, here and in the feed. Audited.';

create function ops.read_suppressions(of_customer uuid, asked_by text)
returns table (customer_key uuid, reason text, serves text, since timestamptz, request_id bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select 1 from ops.customers_of(of_customer)) then
        raise no_data_found using message = 'no customer has this key';
    end if;
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'read_suppressions', of_customer::text, jsonb_build_object('asked_by', asked_by));
    return query
        select found.customer_key, found.reason, found.serves, found.since, found.request_id
        from ops.suppressions as found
        where found.customer_key in (select same.customer_key from ops.customers_of(of_customer) as same)
        order by found.since, found.reason, found.customer_key;
end
$$;
comment on function ops.read_suppressions is 'What keeps recommendations from a person. Audited.';

revoke all on function
ops.renew_refusals, ops.customers_of, ops.suppressed_persons, ops.await_suppressions, ops.suppress_person,
ops.lift_suppression, ops.record_consent,
ops.object_to_profiling, ops.restrict_processing, ops.lift_objection, ops.lift_restriction, ops.read_consents,
ops.read_suppressions from public;
grant execute on function ops.suppressed_persons, ops.await_suppressions to publisher;
grant execute on function ops.suppressed_persons to ingest, transform, training;
grant execute on function
ops.record_consent, ops.object_to_profiling, ops.restrict_processing, ops.lift_objection, ops.lift_restriction,
ops.read_consents, ops.read_suppressions to officer;
