-- What sources deliver over time comes late, twice, corrected and out of order. A row's version says which is newer.
alter table raw.customers add column row_version text collate "C";
alter table raw.products add column row_version text collate "C";
alter table raw.holdings add column row_version text collate "C";
alter table raw.transactions add column row_version text collate "C";
alter table raw.surveys add column row_version text collate "C";
alter table raw.consents add column row_version text collate "C";
alter table raw.interactions add column row_version text collate "C";

-- Rows that a source has deleted, so that an older version which comes late does not bring them back.
create table ops.deletions (
    table_name text not null,
    row_key text not null,
    row_version text collate "C" not null,
    run_id text not null references ops.runs,
    primary key (table_name, row_key)
);
comment on column ops.deletions.row_key is 'The key columns of the table in raw, as texts: pseudonyms, never the bank''s ids.';

-- Rows of tables that several sources deliver parts of, until they are put together; always sealed.
create table identity.source_rows (
    table_name text not null,
    source text not null,
    key_hash uuid not null,
    row_version text collate "C" not null,
    is_deleted boolean not null,
    content_hash uuid not null,
    payload bytea not null,
    run_id text not null references ops.runs,
    primary key (table_name, key_hash, source)
);
create index on identity.source_rows (table_name, run_id);
comment on column identity.source_rows.key_hash is 'Keyed HMAC of the row''s key; for customers the same as customer_key.';
comment on column identity.source_rows.payload is 'The row as the source has it, AES-GCM.';
comment on column identity.source_rows.run_id is 'The run that brought this version; rows of runs that are not committed are put together again.';

-- Delivered since the last feed that came as far as raw: whatever was cut off on the way is put together again.
create view identity.changed_source_rows as
select
    table_name,
    key_hash
from identity.source_rows
where not exists (
    select 1 from ops.feeds
    where feeds.run_id = source_rows.run_id and feeds.state = 'anonymised'
);

create table ops.source_files (
    run_id text not null,
    source text not null,
    table_name text not null,
    path text not null,
    etag text not null,
    primary key (run_id, source, table_name, path),
    foreign key (run_id, source, table_name) references ops.loads on delete cascade
);
comment on table ops.source_files is 'Files that a load has taken; a file that changed is taken again.';

-- Somebody asked for everything from a point on to be read again.
create table ops.replays (
    replay_id bigint generated always as identity primary key,
    source text not null,
    table_name text not null,
    since date,
    requested_by text not null,
    requested_at timestamptz not null default now()
);
comment on column ops.replays.since is 'The day from which rows are read again; null: from the beginning.';

grant select, insert, update, delete on identity.source_rows, ops.deletions, ops.source_files, ops.replays to ingest;
grant select on identity.changed_source_rows to ingest;
grant select on ops.source_files, ops.replays to engineer;
