-- What customers ask for themselves. Whose request it is is sealed by whoever carries it out: the API has no key for it.
alter table ops.privacy_requests alter column subject_hash drop not null;
comment on column ops.privacy_requests.subject_hash is
'HMAC of the customer id under the tombstone key; null until a request that a customer filed is taken up.';
create table ops.filed_requests (
    request_id bigint primary key references ops.privacy_requests on delete cascade,
    customer_key uuid not null,
    filed_at timestamptz not null default now()
);
create index on ops.filed_requests (customer_key);
comment on table ops.filed_requests is 'Who filed a request without the bank, so that it can be carried out, and shown how far it is.';

create function ops.file_own_request(of_customer uuid, wanted_kind text)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    filed bigint;
begin
    if wanted_kind not in ('access', 'export') then
        raise check_violation using message = 'no request that customers file themselves';
    end if;
    -- Whoever asks twice has asked once.
    perform pg_advisory_xact_lock(hashtextextended(of_customer::text || wanted_kind, 0));
    select own.request_id into filed
    from ops.filed_requests as own
    inner join ops.privacy_requests as requests on requests.request_id = own.request_id
    where
        own.customer_key = of_customer
        and requests.kind = wanted_kind
        and requests.state not in ('done', 'refused');
    if filed is not null then
        return filed;
    end if;
    insert into ops.privacy_requests (kind, requested_by, channel) values (wanted_kind, session_user, 'web')
    returning request_id into filed;
    insert into ops.filed_requests (request_id, customer_key) values (filed, of_customer);
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user, 'file_own_request', filed::text, jsonb_build_object('kind', wanted_kind)
    );
    return filed;
end
$$;
comment on function ops.file_own_request is 'A request of a customer with its deadline; one that is open already is that one. Audited.';

create function ops.requests_of(of_customer uuid, asked_by text)
returns table (request_id bigint, kind text, state text, received_at timestamptz, due_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'requests_of', of_customer::text, jsonb_build_object('asked_by', asked_by));
    return query
        select
            requests.request_id, requests.kind, requests.state, requests.received_at,
            coalesce(requests.extended_until, requests.due_at)
        from ops.filed_requests as own
        inner join ops.privacy_requests as requests on requests.request_id = own.request_id
        where own.customer_key = of_customer
        order by requests.request_id desc;
end
$$;
comment on function ops.requests_of is 'What a customer asked for without the bank, and how far it is, the latest first. Audited.';

-- Whoever was erased in the meantime has asked for nothing any more.
create function ops.take_filed_requests()
returns table (request_id bigint, customer_id text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action) values (session_user, 'take_filed_requests');
    update ops.privacy_requests as requests
    set
        state = 'refused',
        completed_at = clock_timestamp(),
        details = requests.details || jsonb_build_object('reason', 'nothing is held')
    where
        requests.state = 'received'
        and requests.subject is null
        and not exists (select 1 from ops.filed_requests as own where own.request_id = requests.request_id);
    return query
        select
            own.request_id,
            coalesce(
                (select known.customer_id from identity.customers as known where known.customer_key = own.customer_key),
                (
                    select published.customer_id from identity.published_customers as published
                    where published.customer_key = own.customer_key
                    order by published.since_publication desc
                    limit 1
                )
            )
        from ops.filed_requests as own
        inner join ops.privacy_requests as requests on requests.request_id = own.request_id
        where requests.state = 'received' and requests.subject is null
        order by own.request_id;
end
$$;
comment on function ops.take_filed_requests is 'Requests of customers that nobody has sealed yet. Audited.';

create function ops.seal_filed_request(wanted bigint, hashed uuid, sealed bytea)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ops.privacy_requests as requests set subject_hash = hashed, subject = sealed
    where requests.request_id = wanted and requests.state = 'received' and requests.subject is null;
    insert into ops.audit_log (actor, action, subject) values (session_user, 'seal_filed_request', wanted::text);
end
$$;
comment on function ops.seal_filed_request is 'Seal whose a request is, so that it is carried out like every other. Audited.';

insert into ops.dated_places (place, dated_by, least_days) values
('ops.filed_requests', 'filed_at', 100);

revoke execute on function
ops.file_own_request, ops.requests_of, ops.take_filed_requests, ops.seal_filed_request from public;
grant execute on function ops.file_own_request, ops.requests_of to api;
grant execute on function ops.take_filed_requests, ops.seal_filed_request to officer;
