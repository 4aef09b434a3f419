-- Who was erased stays out: a keyed hash of the id, which gives nobody away, and the day until which rows stay out.
create table ops.tombstones (
    tombstone_hash uuid primary key,
    erased_on date not null,
    request_id bigint,
    returned_on date
);
comment on table ops.tombstones is 'Also in tombstones.jsonl of the home, so that a restored backup brings nobody back.';
comment on column ops.tombstones.returned_on is 'The day on which the customer registered anew after the erasure.';

-- What a law makes the bank keep, for that alone: sealed, apart from everything that works with it, until a day.
create table identity.restricted_rows (
    restricted_id bigint generated always as identity primary key,
    tombstone_hash uuid not null,
    request_id bigint not null,
    place text not null,
    n_rows integer not null,
    restricted_until date not null,
    duty text not null,
    payload bytea not null
);
create index on identity.restricted_rows (tombstone_hash);
create index on identity.restricted_rows (restricted_until);
comment on column identity.restricted_rows.payload is 'Rows of the place as a JSON list, AES-GCM.';

create table ops.erasure_receipts (
    request_id bigint primary key,
    subject_hash uuid not null,
    erased_at timestamptz not null default now(),
    contents jsonb not null
);
comment on table ops.erasure_receipts is 'Per erasure and place: how many rows went, what stays until when and why. No value.';

grant select on ops.tombstones, ops.erasure_receipts to officer;
grant select, update (returned_on) on ops.tombstones to ingest;

create function ops.write_tombstones(request bigint, hashes uuid[], day date)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ops.check_request_runs(request);
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'write_tombstones', request::text, jsonb_build_object('customers', cardinality(hashes)));
    insert into ops.tombstones (tombstone_hash, erased_on, request_id)
    select hash, day, request from unnest(hashes) as hash
    on conflict (tombstone_hash) do update
    set erased_on = greatest(tombstones.erased_on, excluded.erased_on), request_id = excluded.request_id,
        returned_on = null;
end
$$;
comment on function ops.write_tombstones is 'Keep customers who are being erased out of later loads; audited.';

-- A backup that was restored lacks them; the home's file has them.
create function ops.restore_tombstones(hashes uuid[], days date[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, details)
    values (session_user, 'restore_tombstones', jsonb_build_object('customers', cardinality(hashes)));
    insert into ops.tombstones (tombstone_hash, erased_on)
    select restored.hash, restored.day from unnest(hashes, days) as restored (hash, day)
    on conflict (tombstone_hash) do update
    set erased_on = greatest(tombstones.erased_on, excluded.erased_on), returned_on = null;
end
$$;
comment on function ops.restore_tombstones is 'Keep out whom the file of tombstones knows and the database does not; audited.';

create function ops.tombstones_with(request bigint, hashes uuid[])
returns setof uuid
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ops.check_request_runs(request);
    return query
        select distinct others.tombstone_hash from ops.tombstones as one
        inner join ops.tombstones as others using (request_id)
        where one.tombstone_hash = any(hashes);
end
$$;
comment on function ops.tombstones_with is 'Tombstones of the erasures that these belong to.';

create function ops.hide_erased(request bigint, keys uuid[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ops.check_request_runs(request);
    insert into ops.suppressions (customer_key, reason, serves)
    select key, 'erased', 'nothing' from unnest(keys) as key
    on conflict do nothing;
end
$$;
comment on function ops.hide_erased is 'Let a person vanish from what is served while they are being erased.';

create function ops.erase_person_rows(request bigint, place text, wanted jsonb)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    part regclass;
    gone bigint;
    erased bigint := 0;
begin
    perform ops.check_request_runs(request);
    if not exists (
        select 1 from ops.privacy_requests where request_id = request and kind = 'erase'
    ) then
        raise exception 'request % is no erasure', request;
    end if;
    if to_regclass(place) is not null then
        for part in select ops.tables_of(place) loop
            execute format('delete from %s where %s', part, ops.condition_on(place, wanted)) using wanted;
            get diagnostics gone = row_count;
            erased := erased + gone;
        end loop;
    end if;
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user, 'erase_person_rows', request::text, jsonb_build_object('place', place, 'rows', erased)
    );
    return erased;
end
$$;
comment on function ops.erase_person_rows is 'Delete a person''s rows of one table, for a request; audited.';

create function ops.restrict_rows(
    request bigint, hash uuid, place text, n_rows integer, until date, duty text, payload bytea
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ops.check_request_runs(request);
    insert into identity.restricted_rows (
        tombstone_hash, request_id, place, n_rows, restricted_until, duty, payload
    ) values (hash, request, place, n_rows, until, duty, payload);
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user, 'restrict_rows', request::text,
        jsonb_build_object('place', place, 'rows', n_rows, 'until', until)
    );
end
$$;
comment on function ops.restrict_rows is 'Set sealed rows of an erased person aside until a day; audited.';

-- What was done stays provable; of whom says the tombstone, and no pseudonym any more.
create function ops.forget_keys_in_audit(request bigint, keys text[], hash text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    key text;
    changed bigint;
    total bigint := 0;
begin
    perform ops.check_request_runs(request);
    foreach key in array keys loop
        update ops.audit_log
        set subject = replace(subject, key, hash), details = replace(details::text, key, hash)::jsonb
        where subject like '%' || key || '%' or details::text like '%' || key || '%';
        get diagnostics changed = row_count;
        total := total + changed;
    end loop;
    return total;
end
$$;
comment on function ops.forget_keys_in_audit is 'Put the tombstone in the place of a person''s pseudonyms.';

create function ops.write_erasure_receipt(request bigint, hash uuid, known jsonb)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ops.check_request_runs(request);
    insert into ops.erasure_receipts (request_id, subject_hash, contents) values (request, hash, known);
    insert into ops.audit_log (actor, action, subject) values (session_user, 'write_erasure_receipt', request::text);
end
$$;
comment on function ops.write_erasure_receipt is 'What an erasure did, place by place; audited.';

-- For a backup that was restored: whose tombstone is missing can only be told from the ids.
create function ops.open_customer_ids()
returns refcursor
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    opened refcursor := 'customer_ids';
begin
    insert into ops.audit_log (actor, action) values (session_user, 'open_customer_ids');
    open opened for select customer_id from identity.customers;
    return opened;
end
$$;
comment on function ops.open_customer_ids is 'A cursor over all customer ids, to find erased ones in a restored backup; audited.';

revoke execute on function ops.write_tombstones, ops.tombstones_with, ops.hide_erased, ops.erase_person_rows,
ops.restrict_rows, ops.forget_keys_in_audit, ops.write_erasure_receipt, ops.open_customer_ids,
ops.restore_tombstones from public;
grant execute on function ops.write_tombstones, ops.tombstones_with, ops.hide_erased, ops.erase_person_rows,
ops.restrict_rows, ops.forget_keys_in_audit, ops.write_erasure_receipt, ops.open_customer_ids,
ops.restore_tombstones to officer;
