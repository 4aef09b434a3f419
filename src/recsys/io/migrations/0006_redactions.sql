-- Written with the rows themselves, so that a run that finds its load done already can still tell the counts.
alter table ops.loads add column redactions jsonb not null default '{}';
comment on column ops.loads.redactions is 'Per tag: how often it stands in the free texts of raw. Never a value.';
