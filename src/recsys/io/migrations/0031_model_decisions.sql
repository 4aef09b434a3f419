-- Who decided which model serves: a line for every verdict of the gate and every decision of a person, never changed.
create table ops.model_decisions (
    decision_id bigint generated always as identity primary key,
    kind text not null check (kind in ('promoted', 'refused', 'waiting', 'approved', 'rejected', 'rolled_back')),
    model_version integer check (model_version > 0),
    recipe_kind text not null,
    live_version integer check (live_version > 0),
    live_kind text,
    run_id text not null references ops.runs,
    training_run_id text not null,
    data_date date not null,
    why text not null check (why = btrim(why) and length(why) between 1 and 4000),
    decided_by text not null check (decided_by = btrim(decided_by) and length(decided_by) between 1 and 100),
    decided_at timestamptz not null default clock_timestamp(),
    actor text not null default session_user,
    check ((kind in ('promoted', 'refused', 'waiting')) = (decided_by = 'gate')),
    check (kind = 'refused' or model_version is not null),
    check ((live_version is null) = (live_kind is null))
);
-- A training that is judged twice, because the step was run again, has one verdict.
create unique index on ops.model_decisions (training_run_id) where (decided_by = 'gate');
comment on table ops.model_decisions is 'Append-only: promotions, refusals, approvals, rejections and rollbacks of models.';
comment on column ops.model_decisions.model_version is 'What was decided on; null: a challenger that was refused and never registered.';
comment on column ops.model_decisions.live_version is 'What serves from this moment on; null: nothing.';
comment on column ops.model_decisions.training_run_id is 'The run of the training in MLflow.';
comment on column ops.model_decisions.decided_by is 'A person''s name as given, or gate.';

create function ops.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'ops.% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger model_decisions_stay before update or delete or truncate on ops.model_decisions
for each statement execute function ops.refuse_change();

-- The gate's words come from training, a person's from whoever works at the command line: neither can speak as the other.
create function ops.note_model_verdict(
    verdict text,
    judged_version integer,
    judged_kind text,
    serving_version integer,
    serving_kind text,
    of_run text,
    of_training text,
    data_until date,
    reason text
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    noted bigint;
begin
    insert into ops.model_decisions (
        kind, model_version, recipe_kind, live_version, live_kind, run_id, training_run_id, data_date, why, decided_by
    ) values (
        verdict, judged_version, judged_kind, serving_version, serving_kind, of_run, of_training, data_until, reason,
        'gate'
    )
    on conflict (training_run_id) where (decided_by = 'gate') do nothing
    returning decision_id into noted;
    if noted is not null then
        insert into ops.audit_log (actor, action, subject, details) values (
            session_user, 'note_model_verdict', judged_version::text,
            jsonb_build_object('decision_id', noted, 'kind', verdict, 'serves', serving_version)
        );
    end if;
    return noted;
end
$$;
comment on function ops.note_model_verdict is 'Write down what the gate said of a training, once; null where it was there already. Audited.';

create function ops.decide_on_model(wanted_kind text, wanted_version integer, decider text, reason text)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    origin ops.model_decisions;
    latest ops.model_decisions;
    noted bigint;
begin
    -- Two who decide at once: the second sees what the first has decided.
    lock table ops.model_decisions in share row exclusive mode;
    select * into latest from ops.model_decisions order by decision_id desc limit 1;
    select * into origin from ops.model_decisions
    where decided_by = 'gate' and wanted_version in (model_version, live_version)
    order by decision_id limit 1;
    if wanted_kind not in ('approved', 'rejected', 'rolled_back') or origin.decision_id is null then
        raise exception 'nothing is known that could be decided so' using errcode = 'no_data_found';
    end if;
    if wanted_kind = 'rolled_back' then
        if latest.live_version = wanted_version or not exists (
            select 1 from ops.model_decisions where live_version = wanted_version
        ) then
            raise exception 'version % serves, or has never served', wanted_version using errcode = 'no_data_found';
        end if;
    elsif (
        select kind from ops.model_decisions where model_version = wanted_version order by decision_id desc limit 1
    ) <> 'waiting' or exists (
        select 1 from ops.model_decisions
        where model_version > wanted_version and kind in ('promoted', 'waiting')
    ) then
        raise exception 'version % does not wait', wanted_version using errcode = 'no_data_found';
    end if;
    insert into ops.model_decisions (
        kind, model_version, recipe_kind, live_version, live_kind, run_id, training_run_id, data_date, why, decided_by
    )
    select
        wanted_kind,
        wanted_version,
        about.recipe_kind,
        case when wanted_kind = 'rejected' then latest.live_version else wanted_version end,
        case when wanted_kind = 'rejected' then latest.live_kind else about.recipe_kind end,
        origin.run_id,
        origin.training_run_id,
        origin.data_date,
        reason,
        decider
    from (
        select case
            when origin.model_version = wanted_version then origin.recipe_kind else origin.live_kind
        end as recipe_kind
    ) as about
    returning decision_id into noted;
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user, 'decide_on_model', wanted_version::text,
        jsonb_build_object('decision_id', noted, 'kind', wanted_kind)
    );
    return noted;
end
$$;
comment on function ops.decide_on_model is 'Approve or reject the version that waits, or put one back that has served; audited.';

-- A run may ask that its challenger waits for somebody; it cannot ask for less than the installation does.
alter table ops.runs add column require_approval boolean not null default false;
comment on column ops.runs.require_approval is 'Whether a challenger that passes the gate waits for approval.';

revoke execute on function ops.refuse_change, ops.note_model_verdict, ops.decide_on_model from public;
grant execute on function ops.note_model_verdict to training;
grant execute on function ops.decide_on_model to engineer;
grant select on ops.model_decisions to training, engineer, officer;
