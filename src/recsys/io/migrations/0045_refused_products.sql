-- A product that a customer said no to is gone for its cooling-off time, as the rule cooling_off has it for what a feed
-- tells: for every customer of the person, and in every publication that is read meanwhile.
create index feedback_refusals on ops.feedback (customer_key, product_id) include (occurred_at)
where kind in ('dismissed', 'rejected');

create view serving.refused_products as
select
    keys.customer_id,
    answers.product_id
from ops.feedback as answers
inner join serving.publication_products as applied
    on
        applied.publication_id = (select publication_id from serving.current_publication)
        and applied.product_id = answers.product_id
inner join identity.keys_of_customers as keys on keys.customer_key = answers.customer_key
where
    answers.kind in ('dismissed', 'rejected')
    -- A product of a publication always says for how long: its own time or the bank's.
    and answers.occurred_at::date + (applied.limits ->> 'cooling_off_days')::integer > current_date;
comment on view serving.refused_products is 'What customers of the publication that is read said no to, and are not to be asked again yet; a product may come twice.';

create or replace view serving.recommendations with (security_barrier) as
select
    customers.customer_id,
    rows.rank,
    rows.product_id,
    products.product_name,
    rows.score,
    array(
        select reasons.sentence
        from unnest(rows.reason_ids) with ordinality as ids (reason_id, position)
        inner join serving.reasons
            on reasons.publication_id = rows.publication_id and reasons.reason_id = ids.reason_id
        order by ids.position
    ) as reasons,
    customers.model_version,
    rows.publication_id,
    customers.as_of,
    customers.published_at,
    customers.valid_until,
    (
        select reasons.language
        from serving.reasons
        where reasons.publication_id = rows.publication_id and reasons.reason_id = rows.reason_ids[1]
    ) as language,
    products.category,
    not exists (
        select 1 from serving.reasons
        where
            reasons.publication_id = rows.publication_id
            and reasons.reason_id = rows.reason_ids[1]
            and starts_with(reasons.code, 'unprofiled:')
    ) as is_personalised
from serving.shown_customers as customers
inner join serving.recommendation_rows as rows on rows.person_key = customers.person_key
inner join serving.products on products.product_id = rows.product_id
where
    rows.publication_id = (select publication_id from serving.current_publication)
    and (products.withdrawn_at is null or products.withdrawn_at > current_date)
    -- Asked for the few products that need a consent, and for no other row.
    and case
        when products.consent_purpose is null then true
        else not exists (
            select 1 from serving.refused_purposes as refused
            where refused.customer_id = customers.customer_id and refused.purpose = products.consent_purpose
        )
    end
    and not exists (
        select 1 from ops.decisions_in_force as decisions
        where
            decisions.customer_key = customers.customer_key
            and decisions.product_id = rows.product_id
            and decisions.kind = 'taken_off'
    )
    and not exists (
        select 1 from serving.refused_products as refused
        where refused.customer_id = customers.customer_id and refused.product_id = rows.product_id
    );

-- A refusal of today is told like one that the scoring knew.
create or replace function serving.refusals_now(of_customer text)
returns table (product_id text, rule text, is_unknown boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select refusals.product_id, refusals.rule, bool_and(refusals.is_unknown)
    from (
        select stored.product_id, stored.rule, stored.is_unknown
        from serving.refusals as stored
        where stored.customer_id = of_customer
        union all
        -- Refused since: the scoring knew of a consent, or of no word at all.
        select sold.product_id, 'consent', false
        from serving.shown_customers as customers
        inner join serving.refused_purposes as refused on refused.customer_id = customers.customer_id
        inner join serving.products as sold on sold.consent_purpose = refused.purpose
        where customers.customer_id = of_customer
        union all
        select refused.product_id, 'cooling_off', false
        from serving.shown_customers as customers
        inner join serving.refused_products as refused on refused.customer_id = customers.customer_id
        where customers.customer_id = of_customer
    ) as refusals
    group by refusals.product_id, refusals.rule
$$;

-- Also of whom there is a list, and nothing of it may be shown any more.
create or replace function serving.read_standing(of_customer text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with persons as (
        select customer_key from identity.keys_of_customers where customer_id = of_customer
        union
        select same.customer_key
        from identity.customers as today
        inner join identity.customers as same on same.person_key = today.person_key
        where today.customer_id = of_customer
    ),

    said as (
        select
            bool_or(suppressions.reason = 'erased') as is_erased,
            bool_or(suppressions.reason = 'restricted') as is_restricted,
            bool_or(suppressions.reason = 'objected') as is_objecting,
            bool_or(suppressions.reason = 'consent_withdrawn') as is_withdrawn
        from persons
        inner join ops.suppressions on suppressions.customer_key = persons.customer_key
    )

    select
        case
            when not exists (select 1 from persons) or said.is_erased then null
            when said.is_restricted then 'restricted'
            when exists (
                select 1 from serving.shown_customers as shown
                inner join serving.recommendation_rows as rows
                    on rows.publication_id = shown.publication_id and rows.person_key = shown.person_key
                where shown.customer_id = of_customer
            ) then 'nothing_left'
            when said.is_objecting then 'objected'
            when said.is_withdrawn then 'consent_withdrawn'
            else 'nothing_published'
        end
    from said
$$;

create function ops.feedback_of(of_customer uuid, wanted_kinds text [], asked_by text)
returns table (
    product_id text,
    kind text,
    reason text,
    rating smallint,
    channel text,
    publication_id bigint,
    occurred_at timestamptz,
    actor_role text
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, subject, details)
    values (session_user, 'feedback_of', of_customer::text, jsonb_build_object('asked_by', asked_by));
    return query
        select
            given.product_id, given.kind, given.reason, given.rating, given.channel, given.publication_id,
            given.occurred_at, given.actor_role
        from ops.feedback as given
        where given.customer_key = of_customer and given.kind = any(wanted_kinds)
        order by given.occurred_at desc, given.feedback_id desc;
end
$$;
comment on function ops.feedback_of is 'What a customer answered, the latest first. Audited.';

revoke execute on function ops.feedback_of from public;
grant execute on function ops.feedback_of to api;
