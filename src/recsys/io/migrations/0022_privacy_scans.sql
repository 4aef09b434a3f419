-- Looking for personal data where none belongs: what was looked through, and where something was found. Never a value.
create table ops.privacy_scans (
    run_id text primary key,
    sample_rows bigint,
    n_places bigint not null,
    n_texts bigint not null,
    n_customers bigint not null,
    n_findings bigint not null,
    actor text not null default session_user,
    finished_at timestamptz not null default now()
);
comment on column ops.privacy_scans.sample_rows is 'Rows looked at in each table; null: all of them.';

create table ops.privacy_findings (
    run_id text not null references ops.privacy_scans on delete cascade,
    place text not null,
    column_name text not null,
    kind text not null,
    certainty text not null check (certainty in ('known', 'recognised', 'unsealed')),
    n_texts bigint not null,
    found_at timestamptz not null default now(),
    primary key (run_id, place, column_name, kind, certainty)
);
comment on column ops.privacy_findings.certainty is
'known: a value by which the bank knows a customer; recognised: by its form; unsealed: readable where it must be sealed.';

grant select, insert, update, delete on ops.privacy_scans, ops.privacy_findings to officer;
grant select on ops.privacy_scans, ops.privacy_findings to engineer;

insert into ops.dated_places (place, dated_by, least_days) values
('ops.privacy_scans', 'finished_at', 365);

-- What customers are known by, streamed from a cursor: sealed, to be opened inside the process that looks for it.
create function identity.contacts_for_scan(customers refcursor) returns refcursor
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action) values (session_user, 'contacts_for_scan');
    open customers for select customer_id, contact from identity.customers;
    return customers;
end
$$;
comment on function identity.contacts_for_scan is 'A cursor over all customer ids with their sealed contact data; audited.';

-- Texts of one table, as texts, and the first bytes of what is sealed. `share` is the percentage of its pages.
create function ops.open_scan(
    texts refcursor,
    schema_name text,
    table_name text,
    column_names text [],
    share double precision,
    seed double precision
) returns refcursor
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    wanted oid := (
        select tables.oid from pg_class as tables
        inner join pg_namespace as schemas on schemas.oid = tables.relnamespace
        where schemas.nspname = schema_name and tables.relname = table_name and tables.relkind in ('r', 'm')
            and schemas.nspname <> 'information_schema' and schemas.nspname not like 'pg\_%'
    );
begin
    if wanted is null then
        raise exception '%.% is no table of this database', schema_name, table_name;
    end if;
    -- Ids in clear beside anything else of their rows would say whose pseudonym is whose; and a type that is not the
    -- system's own would be cast by code of whoever made it.
    if exists (
        select 1 from unnest(column_names) as asked (name)
        left join pg_attribute as columns
            on columns.attrelid = wanted and columns.attname = asked.name and columns.attnum > 0
        left join pg_type as types on types.oid = columns.atttypid
        where types.typname is null or types.typnamespace <> 'pg_catalog'::regnamespace
            or types.typname not in (
                'text', 'varchar', 'bpchar', 'json', 'jsonb', 'xml', 'bytea', '_text', '_varchar'
            )
            or (schema_name in ('identity', 'quarantine') and asked.name = 'customer_id')
    ) then
        raise exception 'a column of %.% is not for looking through', schema_name, table_name
            using errcode = 'insufficient_privilege';
    end if;
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user, 'open_scan', schema_name || '.' || table_name, jsonb_build_object('columns', column_names)
    );
    open texts for execute (
        select format(
            'select %s from %I.%I tablesample system (%s) repeatable (%s)',
            string_agg(
                format(
                    case when columns.atttypid = 'bytea'::regtype
                        then 'encode(substring(%I from 1 for 4096), ''base64'')' else '%I::text' end,
                    columns.attname
                ),
                ', ' order by array_position(column_names, columns.attname::text)
            ),
            schema_name, table_name, share, seed
        )
        from pg_attribute as columns
        where columns.attrelid = wanted and columns.attnum > 0 and columns.attname::text = any(column_names)
    );
    return texts;
end
$$;
comment on function ops.open_scan is
'A cursor over texts of a table, never ids in clear, to look for personal data in them; audited.';

create function ops.note_scan_begins(wanted_run_id text, details jsonb) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'privacy_scan', wanted_run_id, details)
$$;

revoke execute on function identity.contacts_for_scan, ops.open_scan, ops.note_scan_begins from public;
grant execute on function identity.contacts_for_scan, ops.open_scan, ops.note_scan_begins to officer;
