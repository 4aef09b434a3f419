-- What several sources say of one row: as 0018_identity_by_purpose.sql has it for all else.
create unlogged table identity.new_source_rows (
    key_hash uuid not null,
    row_version text collate "C",
    content_hash uuid not null,
    payload bytea not null,
    delivered_order bigint generated always as identity,
    written_by xid8 not null default pg_current_xact_id()
);
comment on table identity.new_source_rows is 'Rows of one source, sealed, until identity.take_new_source_rows; empty at rest.';

create unlogged table identity.delivered_source_rows (
    key_hash uuid not null,
    written_by xid8 not null default pg_current_xact_id()
);
comment on table identity.delivered_source_rows is 'Which rows a delivery has brought so far; empty once the run has come to raw.';

grant insert (key_hash, row_version, content_hash, payload) on identity.new_source_rows to ingest;

create function identity.clear_source_rows()
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    cleared bigint;
begin
    delete from identity.source_rows;
    get diagnostics cleared = row_count;
    perform identity.note_call('clear_source_rows', null, jsonb_build_object('rows', cleared));
    return cleared;
end
$$;
comment on function identity.clear_source_rows is 'Forget what all sources have said. Audited.';

create function identity.begin_delivery()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    truncate identity.delivered_source_rows, identity.new_source_rows;
    perform identity.note_call('begin_delivery', null);
end
$$;
comment on function identity.begin_delivery is 'Forget which rows the delivery before has brought. Audited.';

create function identity.take_new_source_rows(of_table text, from_source text, run text, are_deleted boolean)
returns table (n_new bigint, n_updated bigint, n_deleted bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    delete from identity.new_source_rows where written_by <> pg_current_xact_id();
    insert into identity.delivered_source_rows (key_hash) select new.key_hash from identity.new_source_rows as new;
    delete from identity.new_source_rows as new using (
        select
            rows.delivered_order,
            row_number() over (
                partition by rows.key_hash order by rows.row_version desc, rows.delivered_order desc
            ) as age
        from identity.new_source_rows as rows
    ) as ranked
    where ranked.age > 1 and ranked.delivered_order = new.delivered_order;
    select
        count(*) filter (where kept.key_hash is null and not are_deleted),
        count(*) filter (
            where not are_deleted and new.row_version >= kept.row_version
                and (new.content_hash <> kept.content_hash or kept.is_deleted)
        ),
        count(*) filter (where are_deleted and new.row_version >= kept.row_version and not kept.is_deleted)
    into n_new, n_updated, n_deleted
    from identity.new_source_rows as new
    left join identity.source_rows as kept
        on kept.table_name = of_table and kept.source = from_source and kept.key_hash = new.key_hash;
    insert into identity.source_rows as kept
        (table_name, source, key_hash, row_version, is_deleted, content_hash, payload, run_id)
    select of_table, from_source, new.key_hash, new.row_version, are_deleted, new.content_hash, new.payload, run
    from identity.new_source_rows as new
    on conflict (table_name, key_hash, source) do update
    set row_version = excluded.row_version, is_deleted = excluded.is_deleted, content_hash = excluded.content_hash,
        payload = excluded.payload, run_id = excluded.run_id
    where excluded.row_version >= kept.row_version;
    truncate identity.new_source_rows;
    perform identity.note_call(
        'take_new_source_rows',
        run,
        jsonb_build_object(
            'table', of_table, 'source', from_source, 'new', n_new, 'updated', n_updated, 'deleted', n_deleted
        )
    );
    return next;
end
$$;
comment on function identity.take_new_source_rows is
'Keep what a source says of rows, unless what is there is newer; how many are new, updated, deleted. Audited.';

create function identity.delete_absent_source_rows(of_table text, from_source text, run text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    deleted bigint;
begin
    update identity.source_rows as kept set is_deleted = true, run_id = run
    where
        kept.table_name = of_table and kept.source = from_source and not kept.is_deleted
        and not exists (
            select 1 from identity.delivered_source_rows as delivered
            where delivered.key_hash = kept.key_hash and delivered.written_by = pg_current_xact_id()
        );
    get diagnostics deleted = row_count;
    truncate identity.delivered_source_rows;
    perform identity.note_call(
        'delete_absent_source_rows',
        run,
        jsonb_build_object('table', of_table, 'source', from_source, 'deleted', deleted)
    );
    return deleted;
end
$$;
comment on function identity.delete_absent_source_rows is 'Mark as deleted what a whole delivery did not bring. Audited.';

create function identity.has_source_rows(of_table text, from_source text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.note_call('has_source_rows', of_table, jsonb_build_object('source', from_source));
    return exists (
        select 1 from identity.source_rows as kept where kept.table_name = of_table and kept.source = from_source
    );
end
$$;
comment on function identity.has_source_rows is 'Whether a source has said anything of a table. Audited.';

create function identity.forget_deleted_source_rows(run text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    forgotten bigint;
begin
    update identity.source_rows set payload = '' where is_deleted and payload <> '';
    get diagnostics forgotten = row_count;
    truncate identity.delivered_source_rows;
    perform identity.note_call('forget_deleted_source_rows', run, jsonb_build_object('rows', forgotten));
    return forgotten;
end
$$;
comment on function identity.forget_deleted_source_rows is 'Keep of deleted rows only that they were, and nothing of the last delivery. Audited.';

create function identity.count_changed_source_rows(of_table text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    changed bigint;
begin
    select count(distinct key_hash) into changed
    from identity.changed_source_rows where table_name = of_table;
    perform identity.note_call('count_changed_source_rows', of_table, jsonb_build_object('rows', changed));
    return changed;
end
$$;
comment on function identity.count_changed_source_rows is 'Rows of a table that wait to be put together. Audited.';

create function identity.source_rows_for_merging(of_table text)
returns refcursor
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    opened refcursor;
begin
    open opened no scroll for
        select kept.key_hash, kept.source, kept.is_deleted, kept.payload from identity.source_rows as kept
        where
            kept.table_name = of_table
            and kept.key_hash in (
                select changed.key_hash from identity.changed_source_rows as changed
                where changed.table_name = of_table
            )
        order by kept.key_hash, kept.source;
    perform identity.note_call('source_rows_for_merging', of_table);
    return opened;
end
$$;
comment on function identity.source_rows_for_merging is
'A cursor over what each source says of the rows that changed, sealed, to put them together. Audited.';

revoke execute on function
identity.clear_source_rows, identity.begin_delivery, identity.take_new_source_rows,
identity.delete_absent_source_rows, identity.has_source_rows, identity.forget_deleted_source_rows,
identity.count_changed_source_rows, identity.source_rows_for_merging from public;
grant execute on function
identity.clear_source_rows, identity.begin_delivery, identity.take_new_source_rows,
identity.delete_absent_source_rows, identity.has_source_rows, identity.forget_deleted_source_rows,
identity.count_changed_source_rows, identity.source_rows_for_merging to ingest;
