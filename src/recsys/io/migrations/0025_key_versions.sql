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
