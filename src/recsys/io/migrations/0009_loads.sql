-- A run takes in one feed. What each source brought to it is a load of its own.
alter table ops.loads rename to feeds;
alter table ops.feeds rename column load_id to run_id;
alter table ops.feeds rename column source to location;
comment on table ops.feeds is 'One row per feed that a run took in, as a whole.';

create table ops.loads (
    run_id text not null references ops.runs,
    source text not null,
    table_name text not null,
    kind text not null check (kind in ('folder', 'files', 'sql', 'rest', 'quarantine')),
    watermark text,
    n_read bigint not null default 0,
    n_kept bigint not null default 0,
    n_quarantined bigint not null default 0,
    n_updated bigint not null default 0,
    n_deleted bigint not null default 0,
    n_repeated bigint not null default 0,
    seconds double precision not null default 0,
    fingerprint text not null,
    loaded_at timestamptz not null default now(),
    committed_at timestamptz,
    primary key (run_id, source, table_name)
);
comment on table ops.loads is 'What one source delivered of one table in one run. It counts from committed_at on.';
comment on column ops.loads.watermark is 'The last value of the source''s cursor that this load has seen; the next one goes on from there.';
comment on column ops.loads.n_repeated is 'Rows that brought nothing new: delivered before, or older than what is known.';

grant select, insert, update, delete on ops.loads to ingest;
grant select on ops.loads to engineer;
