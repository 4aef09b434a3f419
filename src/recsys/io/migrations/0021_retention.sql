-- How long rows stay is data of the application (`recsys.privacy.places`, retention.toml); what may be deleted by age,
-- by which column and never before how many days, is written here, so that the role which asks for it cannot ask for more.
create table ops.dated_places (
    place text primary key,
    dated_by text not null,
    least_days integer not null check (least_days > 0)
);
comment on table ops.dated_places is 'Tables whose rows go by age. dated_by run_id: they are as old as their run.';
comment on column ops.dated_places.least_days is 'Rows that are younger than this are never deleted by age.';

insert into ops.dated_places (place, dated_by, least_days) values
('identity.originals', 'run_id', 1),
('identity.restricted_rows', 'restricted_until', 1),
('quarantine.rows', 'quarantined_at', 1),
('quarantine.decisions', 'decided_at', 1),
('quarantine.outcomes', 'noted_at', 1),
('raw.holdings', 'closed_at', 240),
('raw.transactions', 'booked_at', 545),
('raw.surveys', 'answered_at', 910),
('raw.interactions', 'occurred_at', 180),
('ops.audit_log', 'at', 1095),
('ops.privacy_requests', 'received_at', 1095),
('ops.step_runs', 'started_at', 30),
('ops.retention_runs', 'finished_at', 365);

create table ops.retention_runs (
    run_id text not null,
    place text not null,
    keep_days integer not null,
    cutoff timestamptz not null,
    n_deleted bigint not null,
    actor text not null default session_user,
    started_at timestamptz not null default now(),
    finished_at timestamptz not null default now(),
    primary key (run_id, place)
);
comment on table ops.retention_runs is 'What went by age: one row per run of `retention` and place that lost rows or files.';

-- Rows of the bank's own data are as old as the data says, so a feed of the past is not too old the day it is loaded;
-- and a wrong date in the future makes nothing old.
create function ops.retention_cutoff(wanted_place text, keep_days integer) returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp set timezone = 'UTC'
as $$
    select case when wanted_place like 'raw.%'
        then least(
            current_date,
            (select as_of from ops.feeds where state = 'anonymised' order by anonymised_at desc limit 1)
        )
        else current_date
    end::timestamptz - make_interval(days => keep_days)
$$;

-- A rejected row that may be a refusal counts as one for as long as it waits (0019_consents.sql): it stays until then.
create function ops.dated_condition(place text, dated_by text) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select case when dated_by = 'run_id'
        then 'run_id in (select run_id from ops.runs where started_at < $1)'
        else format('%I < $1', dated_by)
    end || case when place = 'quarantine.rows'
        then ' and row_id not in (select row_id from quarantine.current_rows'
            ' where table_name = ''consents'' and state in (''open'', ''fixed'', ''retry''))'
        else ''
    end
$$;

create function ops.count_past_retention(places text [], periods integer [])
returns table (place text, cutoff timestamptz, oldest timestamptz, n_rows bigint, n_past bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
as $$
declare
    dated record;
begin
    insert into ops.audit_log (actor, action, details)
    values (session_user, 'count_past_retention', jsonb_build_object('places', places));
    for dated in
        select known.place, known.dated_by, ops.retention_cutoff(known.place, wanted.keep_days) as cutoff
        from unnest(places, periods) as wanted (place, keep_days)
        inner join ops.dated_places as known on known.place = wanted.place
        where to_regclass(known.place) is not null
    loop
        place := dated.place;
        cutoff := dated.cutoff;
        execute format(
            'select %s, count(*), count(*) filter (where %s) from %s',
            case when dated.dated_by = 'run_id'
                then '(select min(started_at) from ops.runs where run_id in (select run_id from ' || dated.place || '))'
                else format('min(%I)::timestamptz', dated.dated_by)
            end,
            ops.dated_condition(dated.place, dated.dated_by), dated.place::regclass
        ) into oldest, n_rows, n_past using dated.cutoff;
        return next;
    end loop;
end
$$;
comment on function ops.count_past_retention is
'Per place how many rows are older than their period; audited, nothing is changed.';

create function ops.note_retention(
    wanted_run_id text,
    wanted_place text,
    wanted_days integer,
    wanted_cutoff timestamptz,
    n_rows bigint,
    is_last boolean
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    total bigint;
begin
    insert into ops.retention_runs as noted (run_id, place, keep_days, cutoff, n_deleted)
    values (wanted_run_id, wanted_place, wanted_days, wanted_cutoff, n_rows)
    on conflict (run_id, place) do update
    set n_deleted = noted.n_deleted + excluded.n_deleted, finished_at = clock_timestamp()
    returning n_deleted into total;
    if is_last then
        insert into ops.audit_log (actor, action, subject, details) values (
            session_user, 'delete_past_retention', wanted_place,
            jsonb_build_object('run_id', wanted_run_id, 'keep_days', wanted_days, 'n_deleted', total)
        );
    end if;
end
$$;

create function ops.delete_past_retention(wanted_run_id text, wanted_place text, keep_days integer, max_rows bigint)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
as $$
declare
    dated ops.dated_places;
    cutoff timestamptz := ops.retention_cutoff(wanted_place, keep_days);
    n_deleted bigint;
begin
    select * into dated from ops.dated_places as known where known.place = wanted_place;
    if not found then
        raise exception '% is no place whose rows go by age', wanted_place;
    end if;
    if keep_days < dated.least_days then
        raise exception 'rows of % stay for at least % days', wanted_place, dated.least_days;
    end if;
    execute format(
        'delete from %1$s where ctid = any(array(select ctid from %1$s where %2$s limit $2))',
        wanted_place::regclass, ops.dated_condition(wanted_place, dated.dated_by)
    ) using cutoff, max_rows;
    get diagnostics n_deleted = row_count;
    if n_deleted > 0 or exists (
        select 1 from ops.retention_runs as noted where noted.run_id = wanted_run_id and noted.place = wanted_place
    ) then
        perform ops.note_retention(wanted_run_id, wanted_place, keep_days, cutoff, n_deleted, n_deleted < max_rows);
    end if;
    return n_deleted;
end
$$;
comment on function ops.delete_past_retention is
'Delete up to max_rows rows of a place that are older than its period; noted and audited.';

revoke execute on function ops.count_past_retention, ops.note_retention, ops.delete_past_retention from public;
grant execute on function ops.count_past_retention, ops.note_retention, ops.delete_past_retention to officer;
grant select on ops.retention_runs, ops.dated_places to officer;
grant select on ops.retention_runs to engineer;
