-- What customers ask for as of right, and by when. Whose request it is stands only sealed and as a keyed hash.
create table ops.privacy_requests (
    request_id bigint generated always as identity primary key,
    kind text not null check (kind in ('access', 'export', 'rectify', 'erase', 'restrict', 'object', 'consent')),
    state text not null default 'received' check (state in ('received', 'running', 'done', 'refused', 'failed')),
    received_at timestamptz not null default now(),
    due_at timestamptz not null default now() + interval '1 month',
    extended_until timestamptz,
    completed_at timestamptz,
    requested_by text not null,
    channel text not null,
    subject_hash uuid not null,
    subject bytea,
    details jsonb not null default '{}'
);
create index on ops.privacy_requests (subject_hash);
comment on column ops.privacy_requests.due_at is 'One month after receipt (GDPR art. 12(3)).';
comment on column ops.privacy_requests.extended_until is 'At most two further months, where a request is complex.';
comment on column ops.privacy_requests.requested_by is 'Who filed it: the user of the machine, never the customer.';
comment on column ops.privacy_requests.subject_hash is 'HMAC of the customer id under the tombstone key.';
comment on column ops.privacy_requests.subject is 'Customer id and what was asked for, AES-GCM; null once it is done.';
comment on column ops.privacy_requests.details is 'Counts of what was done; never a value.';

grant select (
    request_id, kind, state, received_at, due_at, extended_until, completed_at, requested_by, channel, details
) on ops.privacy_requests to officer;
grant select on serving.reasons, serving.products to officer;
-- The DAG's step is noted like every other.
grant insert, update on ops.runs, ops.step_runs to officer;

create function ops.file_privacy_request(
    wanted_kind text, hashed uuid, sealed bytea, asked_by text, via text, known jsonb default '{}'
)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    filed bigint;
begin
    insert into ops.privacy_requests (kind, requested_by, channel, subject_hash, subject, details)
    values (wanted_kind, asked_by, via, hashed, sealed, known)
    returning request_id into filed;
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user, 'file_privacy_request', filed::text, jsonb_build_object('kind', wanted_kind, 'asked_by', asked_by)
    );
    return filed;
end
$$;
comment on function ops.file_privacy_request is 'A request with its deadline, to be carried out; audited.';

create function ops.read_open_requests(only_request bigint default null)
returns table (request_id bigint, kind text, state text, subject_hash uuid, subject bytea)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, subject)
    values (session_user, 'read_open_requests', coalesce(only_request::text, 'all'));
    return query
        select requests.request_id, requests.kind, requests.state, requests.subject_hash, requests.subject
        from ops.privacy_requests as requests
        where requests.state in ('received', 'running', 'failed') and requests.subject is not null
            and (only_request is null or requests.request_id = only_request)
        order by requests.request_id;
end
$$;
comment on function ops.read_open_requests is 'Requests that wait or were cut off, with their sealed subject; audited.';

create function ops.set_privacy_request(
    wanted bigint, new_state text, known jsonb default '{}', sealed bytea default null
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update ops.privacy_requests
    set
        state = new_state,
        details = details || known,
        completed_at = case when new_state in ('done', 'refused') then clock_timestamp() end,
        subject = case when new_state in ('done', 'refused') then null else coalesce(sealed, subject) end
    where request_id = wanted and state not in ('done', 'refused');
    if not found then
        raise exception 'request % does not exist or is over', wanted;
    end if;
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'set_privacy_request', wanted::text, jsonb_build_object('state', new_state) || known);
end
$$;
comment on function ops.set_privacy_request is
'Take a request one state further; the sealed subject, to which `sealed` may add, goes with the last one. Audited.';

create function ops.extend_privacy_request(wanted bigint, why text, asked_by text)
returns timestamptz
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    until timestamptz;
begin
    update ops.privacy_requests set extended_until = due_at + interval '2 months'
    where request_id = wanted and state not in ('done', 'refused') and extended_until is null
    returning extended_until into until;
    if until is null then
        raise exception 'request % does not exist, is over or was extended before', wanted;
    end if;
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user, 'extend_privacy_request', wanted::text, jsonb_build_object('why', why, 'asked_by', asked_by)
    );
    return until;
end
$$;
comment on function ops.extend_privacy_request is 'Two further months, once, with the reason (GDPR art. 12(3)); audited.';

-- Everything below asks for a request that is being carried out, so that nobody looks without one.
create function ops.check_request_runs(wanted bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select 1 from ops.privacy_requests where request_id = wanted and state = 'running') then
        raise exception 'request % is not being carried out', wanted;
    end if;
end
$$;

-- All customers that are one person with the customer of that id.
create function ops.customers_of_person(request bigint, wanted_customer_id text)
returns table (customer_id text, customer_key uuid, person_key uuid, match_rule text, contact bytea)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ops.check_request_runs(request);
    insert into ops.audit_log (actor, action, subject) values (session_user, 'customers_of_person', request::text);
    return query
        select others.customer_id, others.customer_key, others.person_key, others.match_rule, others.contact
        from identity.customers as others
        where others.person_key = (
            select one.person_key from identity.customers as one where one.customer_id = wanted_customer_id
        )
        order by others.customer_id;
end
$$;
comment on function ops.customers_of_person is 'The customers of a person, with sealed contact data, for a request; audited.';

-- The keys of these customers, and of the persons that they were, in publications. Who was merged with others and
-- is no more was published under a key that may be another's own: rows under it are the other's too, so it is not named.
create function ops.published_person_keys(request bigint, customer_ids text[])
returns table (key uuid, is_customer boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ops.check_request_runs(request);
    return query
        with published as (
            select published_customers.person_key, published_customers.customer_key
            from identity.published_customers
            where published_customers.customer_id = any(customer_ids)
        ),

        others as (
            select customers.customer_key from identity.customers
            inner join published on published.person_key = customers.customer_key
            where customers.customer_id <> all(customer_ids)
            union all
            select same.customer_key from published
            inner join identity.published_customers as same
                on same.person_key = published.person_key and same.customer_key = published.person_key
            where same.customer_id <> all(customer_ids)
        )

        select published.customer_key as key, true as is_customer from published
        where published.customer_key is not null
        union
        select published.person_key as key, false as is_customer from published
        where published.person_key not in (select others.customer_key from others);
end
$$;

create function ops.known_customer_ids(request bigint, customer_ids text[])
returns setof text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ops.check_request_runs(request);
    return query select customers.customer_id from identity.customers where customers.customer_id = any(customer_ids);
end
$$;

-- `wanted` holds by column the values that a row may have; `first:NAME` compares the first part of a
-- row key, `within:NAME` looks anywhere in a text.
create function ops.condition_on(place text, wanted jsonb)
returns text
language sql
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(string_agg(
        case
            when wanted_columns.name like 'first:%' then format(
                'split_part(%I, chr(31), 1) = any(array(select jsonb_array_elements_text($1 -> %L)))',
                substr(wanted_columns.name, 7), wanted_columns.name
            )
            when wanted_columns.name like 'within:%' then format(
                '%I like any(array(select ''%%'' || value || ''%%'' from jsonb_array_elements_text($1 -> %L) as value))',
                substr(wanted_columns.name, 8), wanted_columns.name
            )
            else format(
                '%I = any(array(select value::%s from jsonb_array_elements_text($1 -> %L) as value))',
                wanted_columns.name, format_type(attributes.atttypid, null), wanted_columns.name
            )
        end,
        ' or '
    ), 'false')
    from jsonb_object_keys(wanted) as wanted_columns (name)
    left join pg_attribute as attributes
        on attributes.attrelid = place::regclass and attributes.attname = wanted_columns.name
$$;

-- Partitions of a publication that is still being built are tables of their own.
create function ops.tables_of(place text)
returns setof regclass
language sql
set search_path = pg_catalog, pg_temp
as $$
    select place::regclass
    union all
    select aside.oid::regclass
    from pg_class as parent
    inner join pg_class as aside
        on aside.relnamespace = parent.relnamespace and aside.relname ~ ('^' || parent.relname || '_p[0-9]+$')
    where parent.oid = place::regclass and parent.relkind = 'p' and aside.relkind = 'r' and not aside.relispartition
$$;

create function ops.read_person_rows(request bigint, place text, wanted jsonb)
returns setof jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    part regclass;
begin
    perform ops.check_request_runs(request);
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'read_person_rows', request::text, jsonb_build_object('place', place));
    if to_regclass(place) is null then
        return;
    end if;
    for part in select ops.tables_of(place) loop
        return query execute format(
            'select to_jsonb(rows) from %s as rows where %s', part, ops.condition_on(place, wanted)
        ) using wanted;
    end loop;
end
$$;
comment on function ops.read_person_rows is 'A person''s rows of one table as JSON, for a request; audited.';

-- Sealed rows that only the application can open and look through, streamed; `row_place` finds a row again.
create function ops.open_sealed_rows(request bigint, place text, columns text[])
returns refcursor
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    opened refcursor := 'sealed_rows';
begin
    perform ops.check_request_runs(request);
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'open_sealed_rows', request::text, jsonb_build_object('place', place));
    open opened for execute format(
        'select ctid::text as row_place, %s from %s',
        (select string_agg(quote_ident(name), ', ') from unnest(columns) as name),
        place::regclass
    );
    return opened;
end
$$;
comment on function ops.open_sealed_rows is 'A cursor over sealed rows that have to be searched for a person; audited.';

revoke execute on function ops.file_privacy_request, ops.read_open_requests, ops.set_privacy_request,
ops.extend_privacy_request, ops.check_request_runs, ops.customers_of_person, ops.published_person_keys,
ops.known_customer_ids, ops.condition_on, ops.tables_of, ops.read_person_rows, ops.open_sealed_rows from public;
grant execute on function ops.file_privacy_request, ops.read_open_requests, ops.set_privacy_request,
ops.extend_privacy_request, ops.customers_of_person, ops.published_person_keys, ops.known_customer_ids,
ops.read_person_rows, ops.open_sealed_rows to officer;
