-- Which version of a key is in force. The keys themselves are never in this database; what is stored under them is, so
-- only here can both change in one transaction. A key without a row is in its first version.
create table ops.key_versions (
    key_name text not null check (key_name in ('pseudonym_key', 'contact_key', 'quarantine_key')),
    version integer not null check (version > 1),
    since timestamptz not null default now(),
    primary key (key_name, version)
);
comment on table ops.key_versions is 'Rotations of keys; the largest version of a key is in force.';
grant select on ops.key_versions to ingest, officer, engineer;

-- Columns beyond the contract that hold pseudonyms: nothing else tells them from a bank's own texts.
create table ops.keyed_extras (
    table_name text not null,
    column_name text not null,
    primary key (table_name, column_name)
);
comment on table ops.keyed_extras is 'Columns within raw.*.extras that feeds declared as pseudonymise.';
grant select, insert, delete on ops.keyed_extras to ingest;

-- Every column whose values come of a key that can be rotated, declared here once: by its name in whatever table has
-- it, or by table and name. A test holds this against all columns that could be such.
create view ops.keyed_columns as
with declared (schema_name, table_name, column_name, form, key_name, detail) as (
    values
    (null, null, 'customer_key', 'pseudonym', 'pseudonym_key', null),
    (null, null, 'person_key', 'pseudonym', 'pseudonym_key', null),
    (null, null, 'advisor_key', 'pseudonym', 'pseudonym_key', null),
    (null, null, 'counterparty_key', 'pseudonym', 'pseudonym_key', null),
    (null, null, 'customer_key_l', 'pair', 'pseudonym_key', null),
    (null, null, 'customer_key_r', 'other of pair', 'pseudonym_key', null),
    ('raw', null, 'extras', 'extras', 'pseudonym_key', null),
    ('ops', 'deletions', 'row_key', 'row key', 'pseudonym_key', null),
    ('ops', 'audit_log', 'subject', 'words', 'pseudonym_key', null),
    ('identity', 'customers', 'contact', 'sealed', 'contact_key', 'contact'),
    ('identity', 'originals', 'payload', 'sealed', 'contact_key', 'originals'),
    ('identity', 'originals', 'row_hash', 'hash', 'quarantine_key', null),
    ('identity', 'originals', 'customer_hash', 'hash', 'quarantine_key', null),
    ('identity', 'source_rows', 'payload', 'sealed', 'contact_key', 'source row'),
    ('identity', 'source_rows', 'key_hash', 'pseudonym', 'contact_key', null),
    ('identity', 'source_rows', 'content_hash', 'pseudonym', 'contact_key', null),
    ('ops', 'privacy_requests', 'subject', 'sealed', 'contact_key', 'privacy request'),
    ('identity', 'restricted_rows', 'payload', 'sealed', 'contact_key', 'restricted rows'),
    ('identity', 'rectifications', 'payload', 'sealed', 'contact_key', 'rectification'),
    ('quarantine', null, 'payload', 'sealed', 'quarantine_key', 'quarantine'),
    ('quarantine', null, 'customer_hash', 'hash', 'quarantine_key', null),
    ('quarantine', null, 'content_hash', 'hash', 'quarantine_key', null)
)

select
    tables.oid::regclass as in_table,
    format('%s.%s', schemas.nspname, tables.relname) as table_name,
    declared.column_name,
    declared.form,
    declared.key_name,
    declared.detail
from pg_class as tables
inner join pg_namespace as schemas on schemas.oid = tables.relnamespace
inner join pg_attribute as attributes
    on attributes.attrelid = tables.oid and attributes.attnum > 0 and not attributes.attisdropped
inner join declared
    on
        declared.column_name = attributes.attname
        and coalesce(declared.schema_name, schemas.nspname) = schemas.nspname
        and coalesce(declared.table_name, tables.relname) = tables.relname
-- Partitions, attached or not, are tables of their own; what only passes their rows on is none.
where
    tables.relkind = 'r'
    and schemas.nspname in ('identity', 'quarantine', 'raw', 'staging', 'intermediate', 'marts', 'serving', 'ops');
grant select on ops.keyed_columns to officer;

-- What a rotation works with; both are empty before and after it. The officer fills them and reads nothing of them.
create table identity.key_changes (old_value uuid primary key, new_value uuid not null);
create table identity.resealed_values (place tid not null, sealed bytea not null);
comment on table identity.key_changes is 'Pseudonyms and hashes with what they become; only within a rotation.';
comment on table identity.resealed_values is 'Values sealed anew, by the place of their row; only within a rotation.';
grant insert on identity.key_changes, identity.resealed_values to officer;

-- From here to the end of the transaction nobody else writes what belongs to the key; everybody reads on.
create function identity.begin_key_work(wanted_key text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    locked regclass;
begin
    -- Whoever computes a pseudonym and then writes it holds this shared (recsys.io.postgres.keep_keys).
    perform pg_advisory_xact_lock(491327288249);
    -- The audit log goes on being written; its words come of what only the writer's lock allows.
    for locked in
        select distinct in_table from ops.keyed_columns
        where key_name = wanted_key and form <> 'words'
        order by 1
    loop
        execute format('lock table %s in share row exclusive mode', locked);
    end loop;
    truncate identity.key_changes, identity.resealed_values;
    insert into ops.audit_log (actor, action, subject) values (session_user, 'begin_key_work', wanted_key);
end
$$;
comment on function identity.begin_key_work is 'Keep everybody else from writing what belongs to a key; audited.';

-- All distinct pseudonyms or hashes of a key, streamed.
create function identity.open_keyed_values(wanted_key text) returns refcursor
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    opened refcursor := 'keyed_values';
    uuid_text constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
    queries text;
begin
    select string_agg(case form
        when 'hash' then format(
            'select encode(%2$I, ''hex'')::uuid as value from %1$s where length(%2$I) = 16', in_table, column_name
        )
        when 'row key' then format(
            'select nullif(split_part(%2$I, chr(31), 1), '''')::uuid from %1$s where table_name in (''customers'', ''holdings'', ''consents'')',
            in_table, column_name
        )
        when 'words' then format(
            'select word::uuid from %1$s cross join regexp_split_to_table(%2$I, '' '') as word'
            ' where action in (''join_customers'', ''split_customers'') and word ~ %3$L'
            ' and word not in (select tombstone_hash::text from ops.tombstones)',
            in_table, column_name, uuid_text
        )
        when 'extras' then format(
            'select pairs.value::uuid from %1$s cross join jsonb_each_text(%2$I) as pairs'
            ' where pairs.value ~ %3$L and pairs.key in'
            ' (select column_name from ops.keyed_extras where table_name = %4$L)',
            in_table, column_name, uuid_text, split_part(table_name, '.', 2)
        )
        else format('select %2$I from %1$s', in_table, column_name)
    end, ' union ')
    into queries
    from ops.keyed_columns
    where key_name = wanted_key and form <> 'sealed';
    open opened for execute format('select value::text from (%s) as stored (value) where value is not null', queries);
    return opened;
end
$$;
comment on function identity.open_keyed_values is 'A cursor over all pseudonyms or hashes of a key, as uuid texts.';

-- One column as `identity.key_changes` says; the number of rows that changed.
create function identity.renew_column(wanted_table text, wanted_column text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    declared record;
    changed bigint;
begin
    select * into strict declared from ops.keyed_columns
    where keyed_columns.table_name = wanted_table and keyed_columns.column_name = wanted_column;
    execute format(case declared.form
        when 'pseudonym' then
            'update %1$s as kept set %2$I = changes.new_value from identity.key_changes as changes'
            ' where kept.%2$I = changes.old_value'
        when 'hash' then
            'update %1$s as kept set %2$I = uuid_send(changes.new_value) from identity.key_changes as changes'
            ' where kept.%2$I = uuid_send(changes.old_value)'
        -- The smaller key stands on the left.
        when 'pair' then
            'update %1$s as kept set customer_key_l = least(lefts.new_value, rights.new_value),'
            ' customer_key_r = greatest(lefts.new_value, rights.new_value)'
            ' from identity.key_changes as lefts, identity.key_changes as rights'
            ' where kept.customer_key_l = lefts.old_value and kept.customer_key_r = rights.old_value'
        when 'row key' then
            'update %1$s as kept set %2$I = changes.new_value::text || substr(kept.%2$I, 37)'
            ' from identity.key_changes as changes'
            ' where kept.table_name in (''customers'', ''holdings'', ''consents'')'
            ' and split_part(kept.%2$I, chr(31), 1) = changes.old_value::text'
        when 'words' then
            'update %1$s as kept set %2$I = renewed.subject from ('
            ' select logged.audit_id, string_agg(coalesce(changes.new_value::text, word), '' '' order by position)'
            ' as subject from %1$s as logged'
            ' cross join regexp_split_to_table(logged.%2$I, '' '') with ordinality as words (word, position)'
            ' left join identity.key_changes as changes on changes.old_value::text = words.word'
            ' where logged.%2$I ~ ''[0-9a-f]{8}-[0-9a-f]{4}-'''
            ' group by 1 having bool_or(changes.new_value is not null)'
            ') as renewed where kept.audit_id = renewed.audit_id'
        when 'extras' then
            'update %1$s as kept set %2$I = renewed.extras from ('
            ' select rows.ctid as place, rows.%2$I || jsonb_object_agg(pairs.key, changes.new_value::text) as extras'
            ' from %1$s as rows cross join jsonb_each_text(rows.%2$I) as pairs'
            ' inner join identity.key_changes as changes on changes.old_value::text = pairs.value'
            ' where pairs.key in (select column_name from ops.keyed_extras where table_name = %3$L)'
            ' group by rows.ctid, rows.%2$I'
            ') as renewed where kept.ctid = renewed.place'
        else 'select where false'
    end, declared.in_table, wanted_column, split_part(wanted_table, '.', 2));
    get diagnostics changed = row_count;
    return changed;
end
$$;
comment on function identity.renew_column is 'Bring one declared column to the new version of its key.';

-- Sealed values that only the application opens, streamed with the place of their row.
create function identity.open_sealed_values(wanted_table text, wanted_column text) returns refcursor
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    opened refcursor := 'sealed_values';
    found_table regclass;
begin
    select in_table into strict found_table from ops.keyed_columns
    where table_name = wanted_table and column_name = wanted_column and form = 'sealed';
    insert into ops.audit_log (actor, action, subject)
    values (session_user, 'open_sealed_values', format('%s.%s', wanted_table, wanted_column));
    open opened for execute format(
        'select ctid::text, %2$I from %1$s where length(%2$I) > 0', found_table, wanted_column
    );
    return opened;
end
$$;
comment on function identity.open_sealed_values is 'A cursor over the sealed values of a declared column; audited.';

create function identity.reseal_column(wanted_table text, wanted_column text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    found_table regclass;
    changed bigint;
begin
    select in_table into strict found_table from ops.keyed_columns
    where table_name = wanted_table and column_name = wanted_column and form = 'sealed';
    analyze identity.resealed_values;
    execute format(
        'update %1$s as kept set %2$I = anew.sealed from identity.resealed_values as anew where kept.ctid = anew.place',
        found_table, wanted_column
    );
    get diagnostics changed = row_count;
    if changed <> (select count(*) from identity.resealed_values) then
        raise exception 'rows of %.% have moved', wanted_table, wanted_column;
    end if;
    truncate identity.resealed_values;
    return changed;
end
$$;
comment on function identity.reseal_column is 'Put what was sealed anew in the place of what it was.';

create function identity.put_key_in_force(wanted_key text, new_version integer, asked_by text, counts jsonb)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if new_version <> 1 + coalesce((select max(version) from ops.key_versions where key_name = wanted_key), 1) then
        raise exception '% is not the next version of %', new_version, wanted_key;
    end if;
    truncate identity.key_changes, identity.resealed_values;
    insert into ops.key_versions (key_name, version) values (wanted_key, new_version);
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user, 'rotate_key', wanted_key,
        jsonb_build_object('version', new_version, 'asked_by', asked_by, 'changed', counts)
    );
end
$$;
comment on function identity.put_key_in_force is 'The last step of a rotation: from the commit on, the version counts. Audited.';

create function ops.note_retired_key(wanted_key text, versions integer[], asked_by text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user, 'retire_key', wanted_key, jsonb_build_object('versions', versions, 'asked_by', asked_by)
    );
end
$$;
comment on function ops.note_retired_key is 'Write down that old versions of a key were forgotten.';

revoke execute on function identity.begin_key_work, identity.open_keyed_values, identity.renew_column,
identity.open_sealed_values, identity.reseal_column, identity.put_key_in_force, ops.note_retired_key from public;
grant execute on function identity.begin_key_work, identity.open_keyed_values, identity.renew_column,
identity.open_sealed_values, identity.reseal_column, identity.put_key_in_force, ops.note_retired_key to officer;
