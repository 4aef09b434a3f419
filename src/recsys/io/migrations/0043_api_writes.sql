-- What customers answer, decide and ask through the API. Its role touches no table: it calls functions, by the bank's own
-- customer ids, and each says what may come in.

-- Whoever is in no feed any more but still in a publication may answer it, too.
create function ops.customer_key_of(of_customer_id text) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    found_key uuid;
begin
    -- A word that is written under a key which is being rotated would be nobody's.
    perform pg_advisory_xact_lock_shared(491327288249);
    select coalesce(
        (select customers.customer_key from identity.customers where customers.customer_id = of_customer_id),
        (
            select current_customers.customer_key from identity.current_customers
            where current_customers.customer_id = of_customer_id
        )
    ) into found_key;
    if found_key is null then
        raise no_data_found using message = 'no customer has this id';
    end if;
    return found_key;
end
$$;
comment on function ops.customer_key_of is 'The key by which the functions of a customer''s rights are called; it stays valid for the transaction.';

create table ops.feedback (
    feedback_id bigint generated always as identity primary key,
    customer_key uuid not null,
    product_id text not null,
    kind text not null check (kind in ('shown', 'clicked', 'dismissed', 'rated', 'applied', 'accepted', 'rejected')),
    reason text check (
        reason in (
            'not_interested', 'not_now', 'already_have', 'too_expensive', 'too_risky', 'not_understood', 'other'
        )
    ),
    rating smallint check (rating between 1 and 5),
    channel text not null check (channel in ('app', 'web', 'branch', 'phone', 'email')),
    publication_id bigint,
    position smallint,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    actor_role text not null check (actor_role in ('customer', 'advisor', 'system')),
    request_hash uuid not null,
    body_hash uuid not null,
    item smallint not null check (item >= 0),
    unique (request_hash, item),
    check ((kind = 'rated') = (rating is not null)),
    check (kind in ('dismissed', 'rejected') or reason is null),
    check (kind <> 'dismissed' or reason is not null),
    check ((publication_id is null) = (position is null))
);
create index on ops.feedback (customer_key);
comment on table ops.feedback is 'What customers did with what they were shown. Rows are only ever added; keys only, no free text.';
comment on column ops.feedback.publication_id is 'The list that it answers; null: none, such as a product that was not recommended.';
comment on column ops.feedback.position is 'The product''s rank in that list.';
comment on column ops.feedback.request_hash is 'Keyed HMAC of who called and of the idempotency key: a call that is repeated is found, and nobody by it.';
comment on column ops.feedback.body_hash is 'Keyed HMAC of all that the call said.';
comment on column ops.feedback.item is 'The place in the call, from 0.';

-- Only an erasure and a period that is over take rows out, and only a rotation writes a pseudonym anew: all three are
-- functions of the officer. What was answered is changed by nobody.
create function ops.refuse_change_but_by_officer() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if session_user <> 'officer' then
        raise exception 'ops.% is append-only', tg_table_name using errcode = 'restrict_violation';
    end if;
    return null;
end
$$;
create trigger feedback_stays before update or delete on ops.feedback
for each statement execute function ops.refuse_change_but_by_officer();
create trigger feedback_says_what_it_said before update of
feedback_id, product_id, kind, reason, rating, channel, publication_id, position, occurred_at, recorded_at, actor_role,
request_hash, body_hash, item on ops.feedback
for each statement execute function ops.refuse_change();
create trigger feedback_is_not_emptied before truncate on ops.feedback
for each statement execute function ops.refuse_change();

-- All or nothing. Not in the audit log: it gives nothing away, and every row says itself who wrote it and when.
create function ops.give_feedback(given jsonb, by_role text, of_request uuid, of_body uuid)
returns table (item integer, feedback_id bigint, recorded_at timestamptz, trouble text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    perform pg_advisory_xact_lock_shared(491327288249);
    -- The second of two equal calls waits for the first, and then finds its answer.
    perform pg_advisory_xact_lock(hashtextextended(of_request::text, 0));
    if exists (select 1 from ops.feedback where request_hash = of_request) then
        if exists (select 1 from ops.feedback where request_hash = of_request and body_hash <> of_body) then
            raise unique_violation using message = 'another call had this idempotency key';
        end if;
        return query
            select noted.item::integer, noted.feedback_id, noted.recorded_at, null::text
            from ops.feedback as noted
            where noted.request_hash = of_request
            order by noted.item;
        return;
    end if;
    return query
        with said as (
            select
                (items.number - 1)::smallint as item,
                items.product_id,
                items.kind,
                items.reason,
                items.rating,
                items.channel,
                items.publication_id,
                items.position,
                items.occurred_at,
                persons.customer_key,
                listed.rank,
                case
                    when persons.customer_key is null then 'unknown_customer'
                    when items.occurred_at > clock_timestamp() + interval '5 minutes' then 'in_the_future'
                    when items.publication_id is null and not exists (
                        select 1 from serving.products where products.product_id = items.product_id
                    ) then 'unknown_product'
                    when items.publication_id is not null and listed.rank is null then 'not_in_publication'
                    when items.position <> listed.rank then 'other_position'
                end as trouble
            from rows from (
                jsonb_to_recordset(given) as (
                    customer_id text,
                    product_id text,
                    kind text,
                    reason text,
                    rating smallint,
                    channel text,
                    publication_id bigint,
                    position smallint,
                    occurred_at timestamptz
                )
            ) with ordinality as items (
                customer_id, product_id, kind, reason, rating, channel, publication_id, position, occurred_at, number
            )
            left join lateral (
                select coalesce(
                    (
                        select customers.customer_key from identity.customers
                        where customers.customer_id = items.customer_id
                    ),
                    (
                        select current_customers.customer_key from identity.current_customers
                        where current_customers.customer_id = items.customer_id
                    )
                ) as customer_key
            ) as persons on true
            left join lateral (
                select shown.rank
                from identity.published_customers as published
                inner join serving.recommendation_rows as shown
                    on
                        shown.publication_id = items.publication_id
                        and shown.person_key = published.person_key
                        and shown.product_id = items.product_id
                where
                    published.customer_id = items.customer_id
                    and published.since_publication <= items.publication_id
                    and (published.until_publication is null or published.until_publication > items.publication_id)
                    and exists (
                        select 1 from serving.publications
                        where
                            publications.publication_id = items.publication_id
                            -- Clocks differ, but nobody answers what is not yet there.
                            and publications.published_at <= items.occurred_at + interval '5 minutes'
                    )
                limit 1
            ) as listed on true
        ),

        noted as (
            insert into ops.feedback (
                customer_key, product_id, kind, reason, rating, channel, publication_id, position, occurred_at,
                actor_role, request_hash, body_hash, item
            )
            select
                said.customer_key,
                said.product_id,
                said.kind,
                said.reason,
                said.rating,
                said.channel,
                said.publication_id,
                said.rank,
                said.occurred_at,
                by_role,
                of_request,
                of_body,
                said.item
            from said
            where not exists (select 1 from said as wrong where wrong.trouble is not null)
            order by said.item
            returning item, feedback_id, recorded_at
        )

        select said.item::integer, noted.feedback_id, noted.recorded_at, said.trouble
        from said
        left join noted on noted.item = said.item
        order by said.item;
end
$$;
comment on function ops.give_feedback is
'Write down what customers answered, all of a call or nothing; a repeated call gets the answer that it had.';

-- A question in the customer's own words: sealed until anonymise_feed has taken out who is named in it.
create table ops.questions (
    question_id bigint generated always as identity primary key,
    customer_key uuid not null,
    product_id text,
    asked_at timestamptz not null default now(),
    passed_on_at timestamptz,
    question text,
    check ((passed_on_at is null) = (question is null))
);
create index on ops.questions (customer_key);
comment on table ops.questions is 'What customers asked; the words only once nobody is named in them.';
comment on column ops.questions.question is 'Redacted; null for as long as it waits in identity.question_inbox.';

create table identity.question_inbox (
    question_id bigint primary key references ops.questions on delete cascade,
    customer_key uuid not null,
    payload bytea not null,
    asked_at timestamptz not null default now()
);
create index on identity.question_inbox (customer_key);
comment on table identity.question_inbox is 'Questions until anonymise_feed takes them; nobody reads it but by function.';
comment on column identity.question_inbox.payload is 'What was asked as JSON, AES-GCM under the landing key.';

create function ops.ask_question(of_customer uuid, about_product text, sealed bytea)
returns table (question_id bigint, asked_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    if about_product is not null and not exists (select 1 from serving.products where product_id = about_product) then
        raise foreign_key_violation using message = 'no product has this id';
    end if;
    return query
        with asked as (
            insert into ops.questions (customer_key, product_id) values (of_customer, about_product)
            returning question_id, asked_at
        ),

        waiting as (
            insert into identity.question_inbox (question_id, customer_key, payload, asked_at)
            select asked.question_id, of_customer, sealed, asked.asked_at from asked
        )

        select asked.question_id, asked.asked_at from asked;
end
$$;
comment on function ops.ask_question is 'Put a sealed question into the inbox.';

create function ops.questions_of(of_customer uuid, asked_by text)
returns table (
    question_id bigint, product_id text, asked_at timestamptz, passed_on_at timestamptz, question text
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'questions_of', of_customer::text, jsonb_build_object('asked_by', asked_by));
    return query
        select asked.question_id, asked.product_id, asked.asked_at, asked.passed_on_at, asked.question
        from ops.questions as asked
        where asked.customer_key = of_customer
        order by asked.question_id desc;
end
$$;
comment on function ops.questions_of is 'What a customer asked, the latest first. Audited.';

create function identity.questions_for_redaction(run text)
returns table (question_id bigint, customer_id text, payload bytea)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.note_call(
        'questions_for_redaction', run,
        jsonb_build_object('questions', (select count(*) from identity.question_inbox))
    );
    return query
        select inbox.question_id, customers.customer_id, inbox.payload
        from identity.question_inbox as inbox
        left join identity.customers on customers.customer_key = inbox.customer_key
        order by inbox.question_id;
end
$$;
comment on function identity.questions_for_redaction is 'Questions of the inbox, sealed, to take persons out of them. Audited.';

create function identity.pass_on_questions(run text, ids bigint [], texts text [])
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    passed_on bigint;
begin
    -- Whoever was erased in the meantime has no question any more.
    with taken as (
        delete from identity.question_inbox as inbox
        using unnest(ids, texts) as redacted (question_id, question)
        where inbox.question_id = redacted.question_id
        returning redacted.question_id, redacted.question
    )

    update ops.questions as asked set question = taken.question, passed_on_at = now()
    from taken
    where asked.question_id = taken.question_id;
    get diagnostics passed_on = row_count;
    perform identity.note_call('pass_on_questions', run, jsonb_build_object('questions', passed_on));
    return passed_on;
end
$$;
comment on function identity.pass_on_questions is 'Let redacted questions out of the inbox, and forget their words there. Audited.';

insert into ops.dated_places (place, dated_by, least_days) values
('identity.question_inbox', 'asked_at', 30),
('ops.questions', 'asked_at', 30),
('ops.feedback', 'recorded_at', 365);

revoke execute on function
ops.customer_key_of, ops.refuse_change_but_by_officer, ops.give_feedback, ops.ask_question, ops.questions_of,
identity.questions_for_redaction, identity.pass_on_questions from public;
grant execute on function
ops.customer_key_of, ops.give_feedback, ops.ask_question, ops.questions_of, ops.record_consent,
ops.object_to_profiling, ops.lift_objection, ops.read_consents, ops.read_suppressions to api;
grant execute on function identity.questions_for_redaction, identity.pass_on_questions to ingest;
