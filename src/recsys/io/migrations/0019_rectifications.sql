-- GDPR art. 16: what was corrected of a customer, in force at once and at every load that still brings the old value.
create table identity.rectifications (
    rectification_id bigint generated always as identity primary key,
    customer_key uuid not null,
    column_name text not null,
    disputed_hash uuid,
    payload bytea not null,
    state text not null default 'active' check (state in ('active', 'released', 'replaced')),
    recorded_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    request_id bigint
);
create unique index on identity.rectifications (customer_key, column_name) where state = 'active';
comment on table identity.rectifications is 'Corrected values of raw.customers, for as long as the source delivers the disputed one.';
comment on column identity.rectifications.disputed_hash is 'Keyed hash of the value that was wrong; null: there was none.';
comment on column identity.rectifications.payload is 'The corrected value and why, AES-GCM.';
comment on column identity.rectifications.state is 'released: the source delivers another value now; replaced: corrected once more.';
grant select on identity.rectifications to ingest;
grant update (state, ended_at) on identity.rectifications to ingest;

create function identity.read_disputed_value(of_customer uuid, wanted_column text, asked_by text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    known jsonb;
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (
        session_user, 'read_disputed_value', of_customer::text,
        jsonb_build_object('column', wanted_column, 'asked_by', asked_by)
    );
    select to_jsonb(rows) into known from raw.customers as rows
    where rows.customer_key = of_customer order by rows.valid_from desc nulls last limit 1;
    if known is null or not exists (select 1 from identity.customers where customer_key = of_customer) then
        raise no_data_found using message = 'no customer has this key';
    end if;
    return known ->> wanted_column;
end
$$;
comment on function identity.read_disputed_value is 'What stands in raw of a customer, to be corrected. Audited.';

create function identity.rectify(
    of_customer uuid,
    wanted_column text,
    disputed text,
    hashed uuid,
    corrected text,
    sealed bytea,
    asked_by text,
    for_request bigint
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    kind text;
    n_rows bigint;
begin
    select format_type(columns.atttypid, columns.atttypmod) into kind from pg_attribute as columns
    where
        columns.attrelid = 'raw.customers'::regclass and columns.attname = wanted_column and columns.attnum > 0
        and columns.attname not in ('customer_key', 'valid_from', 'extras');
    if kind is null then
        raise exception 'raw.customers has no such column to correct';
    end if;
    execute format(
        'update raw.customers set %1$I = $1::%2$s where customer_key = $2 and %1$I is not distinct from $3::%2$s',
        wanted_column, kind
    ) using corrected, of_customer, disputed;
    get diagnostics n_rows = row_count;
    update identity.rectifications set state = 'replaced', ended_at = clock_timestamp()
    where customer_key = of_customer and column_name = wanted_column and state = 'active';
    insert into identity.rectifications (customer_key, column_name, disputed_hash, payload, request_id)
    values (of_customer, wanted_column, hashed, sealed, for_request);
    perform ops.suppress_person(of_customer, 'rectified', 'popular', for_request);
    insert into ops.audit_log (actor, action, subject, details)
    values (
        session_user, 'rectify', of_customer::text,
        jsonb_build_object(
            'column', wanted_column, 'rows', n_rows, 'asked_by', asked_by, 'request_id', for_request
        )
    );
    return n_rows;
end
$$;
comment on function identity.rectify is 'Correct a value of a customer in raw, and hide what was made of the old one. Audited.';

create function identity.read_rectifications(of_customer uuid, asked_by text)
returns table (
    column_name text, state text, recorded_at timestamptz, ended_at timestamptz, request_id bigint, payload bytea
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'read_rectifications', of_customer::text, jsonb_build_object('asked_by', asked_by));
    return query
        select
            found.column_name, found.state, found.recorded_at, found.ended_at, found.request_id, found.payload
        from identity.rectifications as found
        where found.customer_key = of_customer
        order by found.rectification_id;
end
$$;
comment on function identity.read_rectifications is 'What was corrected of a customer, the value sealed. Audited.';

revoke all on function identity.read_disputed_value, identity.rectify, identity.read_rectifications from public;
grant execute on function identity.read_disputed_value, identity.rectify, identity.read_rectifications to officer;
