-- Where fewer than k persons share what outsiders can know of them, raw.customers holds coarser values: of the birth
-- year a band, from `birth_year` to `birth_year_to`.
alter table raw.customers add column birth_year_to smallint;
comment on column raw.customers.birth_year_to is 'Last year of a band of birth years; null: birth_year is the year.';

create table ops.anonymity_reports (
    run_id text primary key references ops.runs,
    k integer not null,
    figures jsonb not null,
    measured_at timestamptz not null default now()
);
comment on table ops.anonymity_reports is 'How anonymous raw and marts were after a run: counts of classes, no class.';

grant select, insert, update on ops.anonymity_reports to ingest, transform;
grant select on ops.anonymity_reports to engineer, officer;
