-- Whom of a portfolio to talk to today, and about what.

create function ops.n_waiting_questions(of_customer uuid)
returns integer
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select count(*)::integer from ops.questions
    where customer_key = of_customer and asked_at > now() - interval '30 days'
$$;
comment on function ops.n_waiting_questions is 'Questions of a customer that wait for an answer; for functions that write their own audit entry.';

-- Whom to talk to today, and about what. Points of a product on the list: 3, 2 or 1 as it is recommended strongly, well
-- or fairly (1 where that cannot be told), and 2 more if it was not on the list of the publication before. Points of the
-- customer: 3 if a question waits, 1 if the answers about risk run out within 30 days, 1 if no advisor noted a
-- conversation for half a year. The best product stands for the customer; of equal points the higher score among those
-- of its product goes first, measured in distances between its quartiles, then the better rank, then the smaller id.
-- Left out: products that were answered to an advisor or refused within 90 days; customers with whom an advisor talked
-- within `pause_days`; who may not be profiled; and who wants no calls, unless a question of theirs waits.
create function serving.read_best_conversations(
    of_advisor uuid, asked_by text, n_most integer, pause_days integer, valid_days integer
)
returns table (
    customer_id text,
    segment text,
    product_id text,
    product_name text,
    rank smallint,
    strength text,
    is_new boolean,
    n_questions integer,
    answers_end_on date,
    last_talk_at timestamptz,
    points integer
)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    previous bigint;
    answered_at_place integer;
    chosen jsonb;
begin
    select max(publication_id) into previous from serving.publications
    where state = 'published' and publication_id < (select publication_id from serving.current_publication);
    select position into answered_at_place from serving.decision_fields
    where name = 'answered_date' and publication_id = (select publication_id from serving.current_publication);

    with customers as (
        select
            portfolios.customer_id,
            portfolios.customer_key,
            shown.person_key,
            profiles.segment,
            (decided.facts ->> answered_at_place)::date + valid_days as answers_end_on,
            talks.last_talk_at,
            ops.n_waiting_questions(portfolios.customer_key) as n_questions
        from identity.portfolios
        -- Customer by customer (`offset` keeps it so): joined to the views all of their rows would be read.
        cross join lateral (
            select known.person_key, known.publication_id from serving.shown_customers as known
            where known.customer_id = portfolios.customer_id
            offset 0
        ) as shown
        inner join serving.decision_facts as decided
            on decided.publication_id = shown.publication_id and decided.person_key = shown.person_key
        cross join lateral (
            select known.segment from serving.customer_profiles as known
            where known.customer_id = portfolios.customer_id
            offset 0
        ) as profiles
        cross join lateral (
            select max(given.occurred_at) as last_talk_at from ops.feedback as given
            where given.customer_key = portfolios.customer_key and given.actor_role = 'advisor'
        ) as talks
        where
            portfolios.advisor_key = of_advisor
            and coalesce(talks.last_talk_at < now() - make_interval(days => pause_days), true)
    ),

    reachable as (
        select * from customers
        where
            n_questions > 0
            or not exists (
                select 1 from serving.refused_purposes as refused
                where refused.customer_id = customers.customer_id and refused.purpose = 'marketing_phone'
            )
    ),

    subjects as (
        select
            reachable.*,
            lists.product_id,
            lists.product_name,
            lists.rank,
            serving.strength_of(lists.score, stored.n_rows, stored.quartiles) as strength,
            (lists.score - stored.quartiles[2]) / nullif(stored.quartiles[3] - stored.quartiles[1], 0) as distance,
            coalesce(
                previous is not null
                and exists (
                    select 1 from serving.recommendation_rows as earlier
                    where earlier.publication_id = previous and earlier.person_key = reachable.person_key
                )
                and not exists (
                    select 1 from serving.recommendation_rows as earlier
                    where
                        earlier.publication_id = previous
                        and earlier.person_key = reachable.person_key
                        and earlier.product_id = lists.product_id
                ),
                false
            ) as is_new
        from reachable
        cross join lateral (
            select listed.* from serving.recommendations as listed
            where listed.customer_id = reachable.customer_id
            offset 0
        ) as lists
        left join serving.score_quartiles as stored
            on stored.publication_id = lists.publication_id and stored.product_id = lists.product_id
        where
            not exists (
                select 1 from ops.feedback as given
                where
                    given.customer_key = reachable.customer_key
                    and given.product_id = lists.product_id
                    and given.occurred_at > now() - interval '90 days'
                    and (given.actor_role = 'advisor' or given.kind in ('dismissed', 'rejected', 'accepted'))
            )
    ),

    pointed as (
        select
            subjects.*,
            case strength when 'strong' then 3 when 'good' then 2 else 1 end
            + case when is_new then 2 else 0 end
            + case when n_questions > 0 then 3 else 0 end
            + case when answers_end_on between current_date and current_date + 30 then 1 else 0 end
            + case when coalesce(last_talk_at < now() - interval '180 days', true) then 1 else 0 end as points
        from subjects
    ),

    best as (
        select distinct on (customer_id) * from pointed
        order by customer_id asc, points desc, distance desc nulls last, rank asc
    ),

    first as (
        select row_number() over (order by points desc, distance desc nulls last, rank, customer_id) as place, best.*
        from best
        order by points desc, distance desc nulls last, rank, customer_id
        limit n_most
    )

    select jsonb_agg(to_jsonb(first) order by first.place) into chosen from first;
    if chosen is null then
        return;
    end if;
    insert into ops.audit_log (actor, action, subject, details)
    select
        session_user,
        'list_as_advisor',
        string_agg(told ->> 'customer_key', ' '),
        jsonb_build_object('asked_by', asked_by, 'customers', count(*))
    from jsonb_array_elements(chosen) as told;
    return query
        select
            told.customer_id,
            told.segment,
            told.product_id,
            told.product_name,
            told.rank,
            told.strength,
            told.is_new,
            told.n_questions,
            case when told.answers_end_on between current_date and current_date + 30 then told.answers_end_on end,
            told.last_talk_at,
            told.points
        from jsonb_to_recordset(chosen) as told (
            place integer,
            customer_id text,
            segment text,
            product_id text,
            product_name text,
            rank smallint,
            strength text,
            is_new boolean,
            n_questions integer,
            answers_end_on date,
            last_talk_at timestamptz,
            points integer
        )
        order by told.place;
end
$$;
comment on function serving.read_best_conversations is 'Whom of an advisor''s portfolio to talk to today, and about which product. Audited.';

revoke execute on function ops.n_waiting_questions, serving.read_best_conversations from public;
grant execute on function serving.read_best_conversations to api;
