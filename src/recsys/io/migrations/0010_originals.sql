-- What customers' values were before they were standardised. It never leaves the privacy boundary.
create table identity.originals (
    run_id text not null,
    table_name text not null,
    row_hash bytea not null,
    customer_hash bytea,
    payload bytea not null
);
create index on identity.originals (run_id);
create index on identity.originals (customer_hash);
comment on table identity.originals is 'One row per row of a feed whose personal values were written anew on the way in.';
comment on column identity.originals.row_hash is 'Keyed HMAC of the row''s key, 16 bytes.';
comment on column identity.originals.customer_hash is 'Keyed HMAC of the customer id, as in quarantine.rows: by it a person''s originals are erased.';
comment on column identity.originals.payload is 'The values before, by column, as JSON, AES-GCM.';

grant select, insert, delete on identity.originals to ingest;
