-- An answer is free text, too: it goes the way of the question, sealed until anonymise_feed has taken out who is named.
alter table ops.questions add column answered_at timestamptz;
alter table ops.questions add column answered_by_role text check (answered_by_role in ('advisor'));
alter table ops.questions add column answer text;
alter table ops.questions add check ((answered_at is null) = (answered_by_role is null));
alter table ops.questions add check (answer is null or answered_at is not null and question is not null);
comment on table ops.questions is 'What customers asked and were answered; the words only once nobody is named in them.';
comment on column ops.questions.answer is 'Redacted; null for as long as it waits in identity.answer_inbox.';

create table identity.answer_inbox (
    question_id bigint primary key references ops.questions on delete cascade,
    customer_key uuid not null,
    payload bytea not null,
    answered_at timestamptz not null default now()
);
create index on identity.answer_inbox (customer_key);
comment on table identity.answer_inbox is 'Answers until anonymise_feed takes them; nobody reads it but by function.';
comment on column identity.answer_inbox.payload is 'What was answered as JSON, AES-GCM under the landing key.';

create function ops.answer_question(
    of_customer uuid, of_question bigint, sealed bytea, by_role text, asked_by text
)
returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    asked ops.questions;
begin
    -- Of two who answer at once, the second finds the answer of the first.
    select * into asked from ops.questions as known
    where known.question_id = of_question and known.customer_key = of_customer
    for update;
    if not found then
        raise no_data_found using message = 'the customer asked no such question';
    end if;
    if asked.question is null then
        raise object_not_in_prerequisite_state using message = 'nobody has read the question yet';
    end if;
    if asked.answer is not null or exists (select 1 from identity.answer_inbox where question_id = of_question) then
        raise unique_violation using message = 'the question was answered';
    end if;
    insert into identity.answer_inbox (question_id, customer_key, payload) values (of_question, of_customer, sealed);
    update ops.questions as known set answered_at = now(), answered_by_role = by_role
    where known.question_id = of_question;
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user,
        'answer_question',
        of_customer::text,
        jsonb_build_object('asked_by', asked_by, 'question_id', of_question)
    );
    return now();
end
$$;
comment on function ops.answer_question is 'Put a sealed answer into the inbox; each question has one. Audited.';

-- A state is where the words are: what went with its inbox by age waits no more.
drop function ops.questions_of;
create function ops.questions_of(of_customer uuid, asked_by text)
returns table (
    question_id bigint,
    product_id text,
    asked_at timestamptz,
    passed_on_at timestamptz,
    question text,
    state text,
    answered_at timestamptz,
    answer text
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'questions_of', of_customer::text, jsonb_build_object('asked_by', asked_by));
    return query
        select
            asked.question_id,
            asked.product_id,
            asked.asked_at,
            asked.passed_on_at,
            asked.question,
            case
                when asked.answer is not null then 'answered'
                when answers.question_id is not null then 'answer_waiting'
                when asked.question is not null then 'passed_on'
                when questions.question_id is not null then 'waiting'
                else 'expired'
            end,
            case when asked.answer is not null or answers.question_id is not null then asked.answered_at end,
            asked.answer
        from ops.questions as asked
        left join identity.question_inbox as questions on questions.question_id = asked.question_id
        left join identity.answer_inbox as answers on answers.question_id = asked.question_id
        where asked.customer_key = of_customer
        order by asked.question_id desc;
end
$$;
comment on function ops.questions_of is 'What a customer asked and was answered, the latest first. Audited.';

create or replace function ops.n_waiting_questions(of_customer uuid)
returns integer
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select count(*)::integer
    from ops.questions as asked
    left join identity.question_inbox as questions on questions.question_id = asked.question_id
    left join identity.answer_inbox as answers on answers.question_id = asked.question_id
    where
        asked.customer_key = of_customer
        and asked.answer is null
        and answers.question_id is null
        and (asked.question is not null or questions.question_id is not null)
$$;

create function identity.answers_for_redaction(run text)
returns table (question_id bigint, customer_id text, payload bytea)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.note_call(
        'answers_for_redaction', run,
        jsonb_build_object('answers', (select count(*) from identity.answer_inbox))
    );
    return query
        select inbox.question_id, customers.customer_id, inbox.payload
        from identity.answer_inbox as inbox
        left join identity.customers on customers.customer_key = inbox.customer_key
        order by inbox.question_id;
end
$$;
comment on function identity.answers_for_redaction is 'Answers of the inbox, sealed, to take persons out of them. Audited.';

create function identity.pass_on_answers(run text, ids bigint [], texts text [])
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    passed_on bigint;
begin
    with taken as (
        delete from identity.answer_inbox as inbox
        using unnest(ids, texts) as redacted (question_id, answer)
        where inbox.question_id = redacted.question_id
        returning redacted.question_id, redacted.answer
    )

    update ops.questions as asked set answer = taken.answer
    from taken
    where asked.question_id = taken.question_id;
    get diagnostics passed_on = row_count;
    perform identity.note_call('pass_on_answers', run, jsonb_build_object('answers', passed_on));
    return passed_on;
end
$$;
comment on function identity.pass_on_answers is 'Let redacted answers out of the inbox, and forget their words there. Audited.';

insert into ops.dated_places (place, dated_by, least_days) values
('identity.answer_inbox', 'answered_at', 30);

revoke execute on function
ops.answer_question, ops.questions_of, identity.answers_for_redaction, identity.pass_on_answers from public;
grant execute on function ops.answer_question, ops.questions_of to api;
grant execute on function identity.answers_for_redaction, identity.pass_on_answers to ingest;
