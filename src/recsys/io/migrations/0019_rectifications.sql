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
comment on table identity.rectifications is 'Corrected values of customers, for as long as the source delivers the disputed one.';
comment on column identity.rectifications.disputed_hash is 'Keyed hash of the value that was wrong; null: there was none.';
comment on column identity.rectifications.payload is 'The corrected value, the disputed one and why, AES-GCM.';
comment on column identity.rectifications.state is 'released: the source delivers another value now; replaced: corrected once more.';
-- The contact data is locked until the transaction ends: it is written anew from what was read.
create function identity.read_disputed(
    of_customer uuid, wanted_column text, with_contact boolean, asked_by text
) returns table (in_raw text, country text, contact bytea, correction bytea)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    known jsonb;
    sealed bytea;
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (
        session_user, 'read_disputed', of_customer::text,
        jsonb_build_object('column', wanted_column, 'with_contact', with_contact, 'asked_by', asked_by)
    );
    select customers.contact into sealed from identity.customers where customer_key = of_customer for update;
    if not found then
        raise no_data_found using message = 'no customer has this key';
    end if;
    select to_jsonb(rows) into known from raw.customers as rows
    where rows.customer_key = of_customer order by rows.valid_from desc nulls last limit 1;
    if known is null then
        raise no_data_found using message = 'no customer has this key';
    end if;
    return query select
        known ->> wanted_column,
        known ->> 'country',
        case when with_contact then sealed end,
        (
            select found.payload from identity.rectifications as found
            where found.customer_key = of_customer and found.column_name = wanted_column and found.state = 'active'
        );
end
$$;
comment on function identity.read_disputed is
'What is held of a customer, to be corrected, sealed where it is sealed, and the correction in force. Audited.';

create function identity.rectify(
    of_customer uuid,
    wanted_column text,
    hashed uuid,
    sealed bytea,
    raw_columns text[],
    disputed text[],
    corrected text[],
    new_contact bytea,
    asked_by text,
    for_request bigint
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    kind text;
    n_changed bigint;
    n_rows bigint := 0;
begin
    for place in 1 .. cardinality(raw_columns) loop
        select format_type(columns.atttypid, columns.atttypmod) into kind from pg_attribute as columns
        where
            columns.attrelid = 'raw.customers'::regclass and columns.attname = raw_columns[place] and columns.attnum > 0
            and columns.attname not in ('customer_key', 'valid_from', 'extras');
        if kind is null then
            raise exception 'raw.customers has no such column to correct';
        end if;
        execute format(
            'update raw.customers set %1$I = $1::%2$s where customer_key = $2 and %1$I is not distinct from $3::%2$s',
            raw_columns[place], kind
        ) using corrected[place], of_customer, disputed[place];
        get diagnostics n_changed = row_count;
        n_rows := n_rows + n_changed;
    end loop;
    if new_contact is not null then
        update identity.customers set contact = new_contact where customer_key = of_customer;
        get diagnostics n_changed = row_count;
        n_rows := n_rows + n_changed;
    end if;
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
comment on function identity.rectify is
'Correct a value of a customer in raw and in the contact data, and hide what was made of the old one. Audited.';

create function identity.corrections_in_force(asked_by text)
returns table (
    rectification_id bigint, customer_key text, customer_id text, column_name text, disputed_hash text, payload bytea
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'corrections_in_force', asked_by, '{}');
    return query
        select
            found.rectification_id, found.customer_key::text, known.customer_id, found.column_name,
            found.disputed_hash::text, found.payload
        from identity.rectifications as found
        left join identity.customers as known on known.customer_key = found.customer_key
        where found.state = 'active'
        order by found.rectification_id;
end
$$;
comment on function identity.corrections_in_force is
'What a load must correct and take out of texts, sealed. Audited.';

create function identity.release_corrections(numbers bigint[], asked_by text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n_released bigint;
begin
    update identity.rectifications set state = 'released', ended_at = clock_timestamp()
    where rectification_id = any(numbers) and state = 'active';
    get diagnostics n_released = row_count;
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'release_corrections', asked_by, jsonb_build_object('corrections', n_released));
    return n_released;
end
$$;
comment on function identity.release_corrections is 'End corrections of what the source delivers otherwise now. Audited.';

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

revoke all on function
identity.read_disputed, identity.rectify, identity.corrections_in_force, identity.release_corrections,
identity.read_rectifications from public;
grant execute on function identity.read_disputed, identity.rectify, identity.read_rectifications to officer;
grant execute on function identity.corrections_in_force, identity.release_corrections to ingest;
