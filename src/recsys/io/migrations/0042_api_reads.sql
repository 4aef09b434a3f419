-- What the REST API reads: what systems downstream read, and by function whatever needs to know who somebody is.
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
    end;
comment on column serving.recommendations.is_personalised is
'Whether it comes of the customer''s profile; else it is what many take and the rules permit.';

-- For whoever advises: what the decisions of the publication rested on, and no exact value of it. It is read out of
-- serving.decision_facts, so nothing more is stored of anybody, and it goes when they go. Nobody is in it who is not to
-- be profiled now.
create view serving.customer_profiles with (security_barrier) as
select
    customers.customer_id,
    customers.publication_id,
    customers.as_of,
    known.segment,
    ages.low as age_from,
    ages.high as age_below,
    incomes.low as annual_income_from,
    incomes.high as annual_income_below,
    tenures.low as tenure_years_from,
    tenures.high as tenure_years_below,
    horizons.low as horizon_years_from,
    horizons.high as horizon_years_below,
    known.investment_goal,
    known.risk_tolerance,
    known.knowledge_level,
    known.loss_capacity,
    array(select json_array_elements_text(coalesce(known.held_product_ids, '[]')::json)) as held_product_ids
from serving.shown_customers as customers
inner join serving.decision_facts as decided on decided.person_key = customers.person_key
cross join
    lateral (
        select
            max(facts.value) filter (where fields.name = 'segment') as segment,
            max(facts.value) filter (where fields.name = 'birth_year')::numeric as birth_year,
            max(facts.value) filter (where fields.name = 'annual_income')::numeric as annual_income,
            max(facts.value) filter (where fields.name = 'tenure_days')::numeric as tenure_days,
            max(facts.value) filter (where fields.name = 'horizon_years')::numeric as horizon_years,
            max(facts.value) filter (where fields.name = 'investment_goal') as investment_goal,
            max(facts.value) filter (where fields.name = 'risk_tolerance')::numeric::integer as risk_tolerance,
            max(facts.value) filter (where fields.name = 'knowledge_level')::numeric::integer as knowledge_level,
            max(facts.value) filter (where fields.name = 'loss_capacity')::numeric::integer as loss_capacity,
            max(facts.value) filter (where fields.name = 'held_product_ids') as held_product_ids,
            bool_or(facts.value = 'true') filter (where fields.name = 'has_profiling_consent') as is_profiled
        from json_array_elements_text(decided.facts) with ordinality as facts (value, place)
        inner join serving.decision_fields as fields
            on fields.publication_id = decided.publication_id and fields.position = facts.place - 1
    ) as known
cross join
    lateral (
        select
            max(edge) filter (where edge <= extract(year from customers.as_of) - known.birth_year) as low,
            min(edge) filter (where edge > extract(year from customers.as_of) - known.birth_year) as high
        from unnest(array[0, 18, 30, 40, 50, 60, 70, 80]) as edge
    ) as ages
cross join
    lateral (
        select
            max(edge) filter (where edge <= known.annual_income) as low,
            min(edge) filter (where edge > known.annual_income) as high
        from unnest(array[0, 20000, 40000, 60000, 80000, 100000, 150000]) as edge
    ) as incomes
cross join
    lateral (
        select
            max(edge) filter (where edge <= known.tenure_days / 365.25) as low,
            min(edge) filter (where edge > known.tenure_days / 365.25) as high
        from unnest(array[0, 1, 3, 5, 10, 20]) as edge
    ) as tenures
cross join
    lateral (
        select
            max(edge) filter (where edge <= known.horizon_years) as low,
            min(edge) filter (where edge > known.horizon_years) as high
        from unnest(array[0, 1, 3, 5, 10, 20]) as edge
    ) as horizons
where
    decided.publication_id = (select publication_id from serving.current_publication)
    and known.is_profiled
    and not exists (
        select 1 from identity.keys_of_customers as keys
        inner join ops.suppressions on suppressions.customer_key = keys.customer_key
        where keys.customer_id = customers.customer_id
    );
comment on view serving.customer_profiles is 'Who may be profiled, in bands: from the first number to below the second; none: open or not known.';

-- Whether the customer is in the advisor's portfolio as the bank's feed has it today. Whoever is let in is written down
-- by the same call: there is no look that the log does not know.
create function serving.admit_advisor(of_customer text, of_advisor uuid, asked_by text, reading text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    admitted uuid;
begin
    select customers.customer_key into admitted
    from identity.customers
    where
        customers.customer_id = of_customer
        and of_advisor = (
            select versions.advisor_key
            from raw.customers as versions
            where
                versions.customer_key = customers.customer_key
                and (versions.valid_from is null or versions.valid_from <= current_date)
            order by versions.valid_from desc nulls last
            limit 1
        );
    if admitted is null then
        return false;
    end if;
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user,
        'read_as_advisor',
        admitted::text,
        jsonb_build_object('asked_by', asked_by, 'reading', reading)
    );
    return true;
end
$$;
comment on function serving.admit_advisor is 'Whether an advisor looks after a customer; whom it admits stands in the audit log.';

-- For the customer's own eyes: anybody else is told of nothing but that there is nothing.
create function serving.read_standing(of_customer text)
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
            when said.is_objecting then 'objected'
            when said.is_withdrawn then 'consent_withdrawn'
            else 'nothing_published'
        end
    from said
$$;
comment on function serving.read_standing is 'Why a customer is shown nothing, for that customer; null for whoever is not known.';

-- One page of the customers, by id, whose list is another than in an earlier publication. What a reader saw then is
-- taken to be all of that publication: of somebody who was hidden even then it is said again that the list went.
create function serving.read_changes(since bigint, after text, n_customers integer)
returns table (customer_id text, change text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with page as (
        select published.customer_id
        from identity.published_customers as published
        where published.customer_id > after
        group by published.customer_id
        order by published.customer_id
        limit n_customers
    ),

    -- Customer by customer: the view is a barrier, and joined to it all of its rows would be read for a page of them.
    lists as (
        select
            page.customer_id,
            array(
                select rows.product_id
                from identity.published_customers as published
                inner join serving.recommendation_rows as rows on rows.person_key = published.person_key
                where
                    published.customer_id = page.customer_id
                    and published.since_publication <= since
                    and (published.until_publication is null or published.until_publication > since)
                    and rows.publication_id = since
                order by rows.rank
            ) as then_listed,
            array(
                select shown.product_id
                from serving.recommendations as shown
                where shown.customer_id = page.customer_id
                order by shown.rank
            ) as now_listed
        from page
    )

    select
        customer_id,
        case
            when now_listed = then_listed then null
            when now_listed = '{}' then 'gone'
            when then_listed = '{}' then 'appeared'
            else 'changed'
        end as change
    from lists
    order by customer_id
$$;
comment on function serving.read_changes is 'The next customers by id; `change` is null where the list is the same.';

create function serving.count_erased(since timestamptz)
returns bigint
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select count(*) from ops.tombstones where erased_on >= since::date
$$;
comment on function serving.count_erased is 'How many customer ids were erased on that day or later; which, nothing says any more.';

revoke all on function serving.admit_advisor, serving.read_standing, serving.read_changes, serving.count_erased
from public;
grant usage on schema serving, ops to api;
grant select on serving.recommendations, serving.eliminations, serving.catalogue, serving.customer_profiles,
serving.current_publication to api;
grant select (
    publication_id, state, model_name, model_version, rules_version, as_of, n_persons, n_rows, published_at, valid_until
) on serving.publications to api;
grant select on ops.key_versions to api;
grant execute on function serving.admit_advisor, serving.read_standing, serving.read_changes, serving.count_erased,
serving.read_refusals to api;
