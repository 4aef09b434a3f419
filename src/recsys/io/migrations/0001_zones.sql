-- The zones of a bank's data, in the one direction in which it flows, and who may enter them.
create schema quarantine;
create schema identity;
create schema raw;
create schema staging;
create schema intermediate;
create schema marts;
create schema serving;
create schema ops;

-- dbt builds what is between raw and serving, so it owns those schemas.
alter schema staging owner to transform;
alter schema intermediate owner to transform;
alter schema marts owner to transform;

grant usage on schema quarantine, identity, raw to ingest;
grant usage on schema raw to transform;
grant usage on schema marts to training, publisher;
grant usage on schema serving to publisher, downstream, transform;
grant usage on schema ops to ingest, transform, training, publisher, engineer;
grant usage on schema quarantine to engineer;
alter default privileges for role transform in schema marts grant select on tables to training, publisher;
