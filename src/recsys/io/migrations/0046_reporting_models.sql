-- Which models were tried, and who decided what of them.
create view reporting.model_metrics with (security_barrier) as
select
    trained.run_id,
    trained.details ->> 'mlflow_run_id' as training_run_id,
    (trained.details ->> 'as_of')::date as data_date,
    candidates.name as candidate,
    candidates.name = trained.details ->> 'challenger' as is_challenger,
    candidates.figures ->> 'run_id' as candidate_run_id,
    metrics.name as metric,
    metrics.value::double precision as value
from ops.step_runs as trained
cross join lateral jsonb_each(trained.details -> 'candidates') as candidates (name, figures)
cross join lateral jsonb_each(candidates.figures) as metrics (name, value)
where trained.step = 'train_models' and trained.state = 'succeeded' and jsonb_typeof(metrics.value) = 'number';
comment on view reporting.model_metrics is
'One row per training, candidate and metric, as MLflow has them; trainings whose step is past its retention are left out.';
comment on column reporting.model_metrics.run_id is 'The run that trained.';
comment on column reporting.model_metrics.training_run_id is 'The training''s run in MLflow.';
comment on column reporting.model_metrics.data_date is 'Last day of its data.';
comment on column reporting.model_metrics.candidate is 'Name of the candidate.';
comment on column reporting.model_metrics.is_challenger is 'Whether it was chosen to challenge the champion.';
comment on column reporting.model_metrics.candidate_run_id is 'The candidate''s run in MLflow.';
comment on column reporting.model_metrics.metric is 'Name of the metric; docs/models.md says what it measures.';
comment on column reporting.model_metrics.value is 'Its value over the folds that judge.';

create view reporting.model_history with (security_barrier) as
with champion as (
    select latest.live_version
    from ops.model_decisions as latest
    order by latest.decision_id desc
    limit 1
)

select
    decisions.decision_id,
    decisions.decided_at,
    decisions.kind as decision,
    decisions.decided_by = 'gate' as is_by_gate,
    decisions.model_version,
    decisions.recipe_kind as model_kind,
    decisions.live_version,
    decisions.live_kind,
    coalesce(decisions.model_version = max(champion.live_version), false) as is_champion,
    decisions.data_date,
    decisions.run_id,
    decisions.training_run_id,
    max(metrics.value) filter (where metrics.metric = 'ndcg_at_5') as ndcg_at_5,
    max(metrics.value) filter (where metrics.metric = 'ndcg_gain') as ndcg_gain,
    max(metrics.value) filter (where metrics.metric = 'ndcg_gain_lower') as ndcg_gain_lower,
    max(metrics.value) filter (where metrics.metric = 'ndcg_gain_upper') as ndcg_gain_upper,
    case when decisions.decided_by = 'gate' then decisions.why end as why
from ops.model_decisions as decisions
cross join champion
left join reporting.model_metrics as metrics
    on metrics.training_run_id = decisions.training_run_id and metrics.is_challenger
group by decisions.decision_id;
comment on view reporting.model_history is
'One row per decision on a model, by the gate or by a person; figures are those of the training''s challenger.';
comment on column reporting.model_history.decision_id is 'Number of the decision.';
comment on column reporting.model_history.decided_at is 'When it was taken.';
comment on column reporting.model_history.decision is 'promoted, refused or waiting by the gate; approved, rejected or rolled_back by a person.';
comment on column reporting.model_history.is_by_gate is 'Whether the gate decided; who else did is told by `recsys models`.';
comment on column reporting.model_history.model_version is 'What was decided on, its version in MLflow''s registry; null: it was refused and never registered.';
comment on column reporting.model_history.model_kind is 'Its kind.';
comment on column reporting.model_history.live_version is 'What serves from then on; null: nothing.';
comment on column reporting.model_history.live_kind is 'Its kind.';
comment on column reporting.model_history.is_champion is 'Whether what was decided on serves now.';
comment on column reporting.model_history.data_date is 'Last day of the data of its training.';
comment on column reporting.model_history.run_id is 'The run that trained it.';
comment on column reporting.model_history.training_run_id is 'The training''s run in MLflow.';
comment on column reporting.model_history.ndcg_at_5 is 'NDCG@5 of the challenger, over the folds that judge.';
comment on column reporting.model_history.ndcg_gain is 'By how much it beats what is popular, in NDCG@5.';
comment on column reporting.model_history.ndcg_gain_lower is 'Lower end of the 95% interval of this gain.';
comment on column reporting.model_history.ndcg_gain_upper is 'Upper end of the 95% interval of this gain.';
comment on column reporting.model_history.why is 'The gate''s reason; what a person wrote is told by `recsys models`.';

grant select on reporting.model_metrics, reporting.model_history to reporting, api;
