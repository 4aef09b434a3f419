-- A bank's own columns in raw.*.extras that may be features (decision 30): dbt lets these through to the feature marts,
-- and models read what marts have. What a feed declares for audits, rules or contact is never among them.
create table ops.declared_features (
    table_name text not null check (table_name in ('customers', 'surveys', 'products')),
    column_name text not null,
    kind text not null,
    label text not null,
    is_scale boolean not null default false,
    position integer not null,
    primary key (table_name, column_name)
);
comment on table ops.declared_features is 'Columns within raw.*.extras that feeds declared with the purpose feature.';
comment on column ops.declared_features.kind is 'Type in feed.toml.';
comment on column ops.declared_features.label is 'What customers are told that it is.';
comment on column ops.declared_features.is_scale is 'A whole number of which each value counts by itself.';
comment on column ops.declared_features.position is 'Place among those of its feed.';
grant select, insert, delete on ops.declared_features to ingest;
grant select on ops.declared_features to transform, training, engineer;
