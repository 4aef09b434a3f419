-- Quarantine gets a life: a rejected row is a fact of its run, what people decide about it lies beside, and what was
-- repaired flows in with the next run.
alter table quarantine.rows
add column row_id bigint generated always as identity primary key,
add column source text not null default '',
add column file text not null default '',
add column version text not null default '',
-- Rows from before this migration are each taken for a content of their own.
add column content_hash bytea not null default uuid_send(gen_random_uuid());
create index on quarantine.rows (table_name, content_hash);
comment on column quarantine.rows.content_hash is 'Keyed HMAC of table and row: the same bad row in a later run has the same.';

create table quarantine.decisions (
    table_name text not null,
    content_hash bytea not null,
    state text not null check (state in ('fixed', 'retry', 'dropped', 'released', 'superseded')),
    payload bytea,
    customer_hash bytea,
    why text,
    decided_by text not null,
    decided_at timestamptz not null default now(),
    released_run_id text references ops.runs,
    primary key (table_name, content_hash)
);
create index on quarantine.decisions (customer_hash);
comment on table quarantine.decisions is 'What became of a rejected row: decided by a person, or by the run that took it in.';
comment on column quarantine.decisions.payload is 'The repaired row, AES-GCM; null: the row as it was rejected.';

create table quarantine.outcomes (
    run_id text not null references ops.runs,
    table_name text not null,
    content_hash bytea not null,
    state text not null check (state in ('fixed', 'released', 'superseded')),
    noted_at timestamptz not null default clock_timestamp(),
    primary key (run_id, table_name, content_hash)
);
comment on table quarantine.outcomes is 'What a run has found of rows that waited; it counts once anonymise_feed has committed.';
comment on column quarantine.outcomes.state is 'fixed: a repair that flowed in before does not any more, and waits again.';

-- A full feed brings everything again, so a row that it brings after a decision of a run needs a new one; a delta may
-- bring a row that was taken care of twice.
create view quarantine.row_states as
select
    rows.*,
    case
        when decisions.state is null then 'open'
        when
            decisions.state in ('released', 'superseded') and feeds.mode = 'full'
            and rows.quarantined_at > decisions.decided_at then 'open'
        else decisions.state
    end as state
from quarantine.rows
left join quarantine.decisions
    on rows.table_name = decisions.table_name and rows.content_hash = decisions.content_hash
left join ops.feeds on rows.load_id = feeds.run_id;

create view quarantine.current_rows as
select distinct on (row_states.table_name, row_states.content_hash) row_states.*
from quarantine.row_states
where
    row_states.load_id in (
        select current_run.run_id from ops.current_run
        union all
        select feeds.run_id from ops.feeds
        where feeds.anonymised_at >= (
            select coalesce(max(full_feeds.anonymised_at), '-infinity') from ops.feeds as full_feeds
            where full_feeds.mode = 'full'
        )
    )
order by row_states.table_name, row_states.content_hash, row_states.row_id desc;
comment on view quarantine.current_rows is 'Each bad row once, of the feeds since the last full one and of the current run.';

drop function quarantine.list_rows(text);
create function quarantine.list_rows(wanted_load_id text)
returns table (
    row_id bigint,
    table_name text,
    line bigint,
    column_name text,
    rule text,
    reason text,
    state text,
    source text,
    file text,
    load_id text,
    quarantined_at timestamptz
)
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    insert into ops.audit_log (actor, action, subject) values (session_user, 'list_quarantined_rows', wanted_load_id);
    return query
        select
            found.row_id, found.table_name, found.line, found.column_name, found.rule, found.reason, found.state,
            found.source, found.file, found.load_id, found.quarantined_at
        from quarantine.row_states as found
        where found.load_id = wanted_load_id
        order by found.table_name, found.line, found.row_id;
end
$$;
comment on function quarantine.list_rows is 'Rejected rows of a load (its run id), without their content; audited.';

create function quarantine.list_current_rows()
returns table (
    row_id bigint,
    table_name text,
    line bigint,
    column_name text,
    rule text,
    reason text,
    state text,
    source text,
    file text,
    load_id text,
    quarantined_at timestamptz
)
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    insert into ops.audit_log (actor, action, subject) values (session_user, 'list_quarantined_rows', 'current');
    return query
        select
            found.row_id, found.table_name, found.line, found.column_name, found.rule, found.reason, found.state,
            found.source, found.file, found.load_id, found.quarantined_at
        from quarantine.current_rows as found
        order by found.table_name, found.source, found.file, found.line, found.row_id;
end
$$;
comment on function quarantine.list_current_rows is 'Rejected rows that wait or were decided on since the last full feed, without their content; audited.';

revoke execute on function quarantine.list_rows, quarantine.list_current_rows from public;
grant execute on function quarantine.list_rows, quarantine.list_current_rows to engineer;
grant select, insert, update, delete on quarantine.decisions, quarantine.outcomes to ingest;
grant select on quarantine.row_states, quarantine.current_rows to ingest;
