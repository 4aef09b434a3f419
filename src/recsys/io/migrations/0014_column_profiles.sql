-- What the columns of each load looked like: counts and bins, for the quality report and against the next load.
create table ops.column_profiles (
    run_id text not null references ops.runs,
    table_name text not null,
    column_name text not null,
    column_order integer not null,
    n_rows bigint not null,
    n_missing bigint not null,
    n_invalid jsonb not null default '{}',
    n_standardised bigint not null default 0,
    profile jsonb not null,
    primary key (run_id, table_name, column_name)
);
comment on column ops.column_profiles.n_rows is 'Rows that were kept.';
comment on column ops.column_profiles.n_invalid is 'Rows that were quarantined because of this column, by rule.';
comment on column ops.column_profiles.n_standardised is 'Values of the rows read that were brought into the standard form.';
comment on column ops.column_profiles.profile is 'Counts by bin or value; of a column that does not pass as it is, counts of lengths at most.';

grant select, insert, update, delete on ops.column_profiles to ingest;
grant select on ops.column_profiles to engineer;
