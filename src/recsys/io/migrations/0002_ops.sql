-- What ran, when, on what, and who looked.
create table ops.runs (
    run_id text primary key,
    feed text not null,
    as_of date,
    top_n integer not null check (top_n between 1 and 100),
    train text not null check (train in ('auto', 'always', 'never')),
    started_at timestamptz not null default now()
);
comment on table ops.runs is 'One row per run: what was asked for. In Airflow, run_id is the DAG run''s id.';

create table ops.step_runs (
    step_run_id bigint generated always as identity primary key,
    run_id text not null references ops.runs,
    step text not null,
    state text not null check (state in ('running', 'succeeded', 'failed')),
    row_count bigint,
    details jsonb not null default '{}',
    error text,
    peak_memory_bytes bigint,
    started_at timestamptz not null default now(),
    finished_at timestamptz
);
create index on ops.step_runs (run_id, step);
comment on table ops.step_runs is 'Every attempt at every step, with its rows, seconds and peak memory.';

-- The run whose data stands in raw and marts. A step of an older run is refused.
create table ops.current_run (
    is_only boolean primary key default true check (is_only),
    run_id text not null references ops.runs
);

create table ops.loads (
    load_id text primary key references ops.runs (run_id),
    source text not null,
    fingerprint text not null,
    as_of date not null,
    name text not null,
    currency text not null,
    mode text not null check (mode in ('full', 'delta')),
    history text not null check (history in ('events', 'snapshot')),
    legal_basis text not null,
    table_counts jsonb not null,
    state text not null check (state in ('landed', 'resolved', 'anonymised')),
    landed_at timestamptz not null default now(),
    anonymised_at timestamptz
);
comment on column ops.loads.table_counts is 'Per table: rows read, kept and quarantined.';

create table ops.audit_log (
    audit_id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null default session_user,
    action text not null,
    subject text,
    details jsonb not null default '{}'
);

-- Persons whom no reader may see recommendations for, from this moment on.
create table ops.suppressions (
    person_key uuid not null,
    reason text not null check (reason in ('erased', 'objected', 'consent_withdrawn')),
    since timestamptz not null default now(),
    primary key (person_key, reason)
);

grant select, insert, update on ops.runs, ops.step_runs, ops.current_run to ingest, transform, training, publisher;
grant select, insert, update on ops.loads to ingest;
grant select on ops.loads to transform, training, publisher;
grant insert on ops.audit_log to ingest, transform, training, publisher;
grant select on ops.suppressions to publisher;
grant select on ops.runs, ops.step_runs, ops.current_run, ops.loads, ops.audit_log to engineer;
