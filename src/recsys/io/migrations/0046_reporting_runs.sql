-- How runs went, and what they took in.
create view reporting.step_timings with (security_barrier) as
select
    steps.run_id,
    runs.started_at as run_started_at,
    steps.step,
    row_number() over (partition by steps.run_id, steps.step order by steps.step_run_id) as attempt,
    row_number() over (partition by steps.run_id, steps.step order by steps.step_run_id desc) = 1 as is_last_attempt,
    steps.state,
    steps.started_at,
    steps.finished_at,
    extract(epoch from steps.finished_at - steps.started_at)::double precision as seconds,
    steps.row_count as n_rows,
    steps.peak_memory_bytes / 1e6::double precision as peak_megabytes
from ops.step_runs as steps
inner join ops.runs on runs.run_id = steps.run_id;
comment on view reporting.step_timings is 'One row per attempt at a step of a run: how long it took, over how many rows, with how much memory.';
comment on column reporting.step_timings.run_id is 'The run.';
comment on column reporting.step_timings.run_started_at is 'When the run began.';
comment on column reporting.step_timings.step is 'Name of the step, as in Airflow.';
comment on column reporting.step_timings.attempt is 'Number of the attempt, from 1.';
comment on column reporting.step_timings.is_last_attempt is 'Whether no other attempt followed.';
comment on column reporting.step_timings.state is 'running, succeeded or failed.';
comment on column reporting.step_timings.started_at is 'When the attempt began.';
comment on column reporting.step_timings.finished_at is 'When it ended; null: it runs.';
comment on column reporting.step_timings.seconds is 'How long it took; null: it runs.';
comment on column reporting.step_timings.n_rows is 'Rows that it worked on.';
comment on column reporting.step_timings.peak_megabytes is 'Most memory that its process had, in millions of bytes.';

create view reporting.runs with (security_barrier) as
with steps as (
    select
        step_runs.run_id,
        max(step_runs.finished_at) as finished_at,
        bool_or(step_runs.state = 'running') as is_running,
        bool_or(step_runs.state = 'succeeded' and step_runs.step = 'publish_recommendations') as is_published,
        (array_agg(step_runs.step order by step_runs.step_run_id))[1] as first_step,
        (array_agg(step_runs.step order by step_runs.step_run_id desc))[1] as last_step,
        (array_agg(step_runs.state order by step_runs.step_run_id desc))[1] as last_state
    from ops.step_runs
    group by step_runs.run_id
),

runs_of_steps as (
    select
        steps.*,
        case steps.first_step
            when 'train_models' then 'training'
            when 'privacy_requests' then 'privacy_requests'
            else 'recommendations'
        end as dag
    from steps
)

select
    runs.run_id,
    steps.dag,
    coalesce(runs.as_of, feeds.as_of) as as_of,
    runs.started_at,
    steps.finished_at,
    extract(epoch from steps.finished_at - runs.started_at)::double precision as seconds,
    case
        when steps.is_running then 'running'
        when steps.last_state = 'failed' then 'failed'
        when steps.is_published then 'published'
        when steps.dag <> 'recommendations' then 'succeeded'
        else 'unfinished'
    end as state,
    case when steps.last_state = 'failed' and not steps.is_running then steps.last_step end as failed_step
from ops.runs
left join ops.feeds on feeds.run_id = runs.run_id
inner join runs_of_steps as steps on steps.run_id = runs.run_id;
comment on view reporting.runs is 'One row per run: when, how long, and how it ended.';
comment on column reporting.runs.run_id is 'The run; in Airflow the id of the DAG''s run.';
comment on column reporting.runs.dag is 'The DAG, or the part of it, that was run; by the step that it began with.';
comment on column reporting.runs.as_of is 'Last day of its data.';
comment on column reporting.runs.started_at is 'When it began.';
comment on column reporting.runs.finished_at is 'When its last step ended.';
comment on column reporting.runs.seconds is 'How long it took until then.';
comment on column reporting.runs.state is 'running, failed, published or, of a DAG that publishes nothing, succeeded; unfinished where it stopped without a failure.';
comment on column reporting.runs.failed_step is 'The step that failed last; null where none did.';

create view reporting.loads with (security_barrier) as
select
    loads.run_id,
    loads.source,
    loads.table_name,
    loads.kind,
    loads.loaded_at,
    loads.committed_at is not null as is_committed,
    loads.n_read,
    loads.n_kept,
    loads.n_quarantined,
    loads.n_quarantined::double precision / nullif(loads.n_read, 0) as quarantined_share,
    loads.n_updated,
    loads.n_deleted,
    loads.n_repeated,
    loads.seconds
from ops.loads;
comment on view reporting.loads is 'One row per run, source and table: rows that came in, and rows that broke the feed contract.';
comment on column reporting.loads.run_id is 'The run.';
comment on column reporting.loads.source is 'Name of the source.';
comment on column reporting.loads.table_name is 'Table of the feed contract.';
comment on column reporting.loads.kind is 'folder, files, sql, rest, or quarantine for rows that were repaired.';
comment on column reporting.loads.loaded_at is 'When they were read.';
comment on column reporting.loads.is_committed is 'Whether they count: the run has taken them in.';
comment on column reporting.loads.n_read is 'Rows read.';
comment on column reporting.loads.n_kept is 'Rows that keep the contract.';
comment on column reporting.loads.n_quarantined is 'Rows that do not, and were put aside.';
comment on column reporting.loads.quarantined_share is 'Their share of the rows read, 0 to 1.';
comment on column reporting.loads.n_updated is 'Rows that brought a new version of what was known.';
comment on column reporting.loads.n_deleted is 'Rows that the source deleted.';
comment on column reporting.loads.n_repeated is 'Rows that brought nothing new.';
comment on column reporting.loads.seconds is 'How long reading them took.';

create view reporting.quarantined_rows with (security_barrier) as
select
    profiles.run_id,
    profiles.table_name,
    profiles.column_name,
    broken.rule,
    broken.n::bigint as n_rows
from ops.column_profiles as profiles
cross join lateral jsonb_each_text(profiles.n_invalid) as broken (rule, n);
comment on view reporting.quarantined_rows is
'One row per run, column and rule of the feed contract that rows broke. A count of rows as the source wrote them, of which nothing else is told.';
comment on column reporting.quarantined_rows.run_id is 'The run.';
comment on column reporting.quarantined_rows.table_name is 'Table of the feed contract.';
comment on column reporting.quarantined_rows.column_name is 'The column that broke the rule.';
comment on column reporting.quarantined_rows.rule is 'The rule; docs/feed.md has them.';
comment on column reporting.quarantined_rows.n_rows is 'Rows that were put aside for it.';

create view reporting.checks with (security_barrier) as
select
    steps.run_id,
    steps.step,
    steps.state,
    steps.finished_at,
    (steps.details ->> 'n_expectations')::integer as n_expectations,
    steps.row_count as n_rows
from ops.step_runs as steps
where steps.step in ('check_raw', 'check_marts', 'check_recommendations');
comment on view reporting.checks is 'One row per attempt at a check of a run: raw data, marts, and the publication itself.';
comment on column reporting.checks.run_id is 'The run.';
comment on column reporting.checks.step is 'check_raw, check_marts or check_recommendations.';
comment on column reporting.checks.state is 'running, succeeded, or failed: the run went no further.';
comment on column reporting.checks.finished_at is 'When it ended.';
comment on column reporting.checks.n_expectations is 'Expectations that were held; null where it failed or runs.';
comment on column reporting.checks.n_rows is 'Rows that were checked.';

grant select on
reporting.step_timings, reporting.runs, reporting.loads, reporting.quarantined_rows, reporting.checks to reporting, api;
