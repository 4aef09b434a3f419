-- The two zones that hold personal data, always encrypted by the application: the keys are never in this database.
create table quarantine.rows (
    load_id text not null,
    table_name text not null,
    line bigint not null,
    column_name text,
    rule text not null,
    reason text not null,
    customer_hash bytea,
    payload bytea not null,
    quarantined_at timestamptz not null default now()
);
create index on quarantine.rows (load_id, table_name);
create index on quarantine.rows (customer_hash);
comment on column quarantine.rows.payload is 'The rejected row, AES-GCM.';
comment on column quarantine.rows.customer_hash is 'Keyed HMAC of the customer id, so that a person''s rows can be found and erased.';
comment on column quarantine.rows.reason is 'What was expected; never the value that was found.';

create table identity.customers (
    customer_key uuid primary key,
    customer_id text not null unique,
    person_key uuid not null,
    match_rule text not null,
    contact bytea,
    load_id text not null
);
create index on identity.customers (person_key);
comment on column identity.customers.contact is 'The contact columns of the feed contract as JSON, AES-GCM.';
comment on column identity.customers.match_rule is 'self, national_id or email_and_birth_date: why this person_key.';

grant select, insert, update, delete, truncate on quarantine.rows, identity.customers to ingest;
grant select (load_id, table_name, line, column_name, rule, reason, quarantined_at) on quarantine.rows to engineer;
