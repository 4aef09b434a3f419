-- What advisors read: how strongly a product is recommended, what it rests on, what became of it, and their portfolio.

-- How a score compares, kept once per publication: scores say nothing across products or publications.
create table serving.score_quartiles (
    publication_id bigint not null references serving.publications on delete cascade,
    product_id text not null,
    n_rows bigint not null,
    quartiles real [] not null check (cardinality(quartiles) = 3),
    primary key (publication_id, product_id)
);
comment on table serving.score_quartiles is 'Quartiles of a product''s scores among those to whom a publication recommends it.';
grant select, insert, update, delete on serving.score_quartiles to publisher;

-- What the words mean stands in recsys.ranking.strength.
create function serving.strength_of(score real, n_rows bigint, quartiles real [])
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
    select case
        when n_rows < 20 or quartiles[1] = quartiles[3] then null
        when score >= quartiles[3] then 'strong'
        when score >= quartiles[2] then 'good'
        when score is not null then 'fair'
    end
$$;
comment on function serving.strength_of is 'Where a score stands among those of its product; null where that says nothing.';

create function serving.read_strengths(of_customer text)
returns table (product_id text, strength text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select shown.product_id, serving.strength_of(shown.score, stored.n_rows, stored.quartiles)
    from serving.recommendations as shown
    inner join serving.score_quartiles as stored
        on stored.publication_id = shown.publication_id and stored.product_id = shown.product_id
    where shown.customer_id = of_customer
$$;
comment on function serving.read_strengths is 'How strongly each product of a customer''s list is recommended, as a word.';

create function serving.read_suitability(of_customer text)
returns table (
    investment_goal text,
    horizon_years integer,
    risk_tolerance integer,
    knowledge_level integer,
    loss_capacity integer,
    answered_date date
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        max(facts.value) filter (where fields.name = 'investment_goal'),
        max(facts.value) filter (where fields.name = 'horizon_years')::numeric::integer,
        max(facts.value) filter (where fields.name = 'risk_tolerance')::numeric::integer,
        max(facts.value) filter (where fields.name = 'knowledge_level')::numeric::integer,
        max(facts.value) filter (where fields.name = 'loss_capacity')::numeric::integer,
        max(facts.value) filter (where fields.name = 'answered_date')::date
    from serving.shown_customers as customers
    inner join serving.decision_facts as decided
        on decided.person_key = customers.person_key and decided.publication_id = customers.publication_id
    cross join json_array_elements_text(decided.facts) with ordinality as facts (value, place)
    inner join serving.decision_fields as fields
        on fields.publication_id = decided.publication_id and fields.position = facts.place - 1
    where customers.customer_id = of_customer
    having count(*) > 0
$$;
comment on function serving.read_suitability is
'What a customer told about goals, time, risk, knowledge and losses, as the rules of the publication that is read knew it.';

-- Whoever is not to be processed has no past here; whoever is shown nothing now has no lists.
create function serving.read_history(of_customer text, n_most integer)
returns table (
    happened_at timestamptz,
    kind text,
    product_ids text [],
    publication_id bigint,
    reason text,
    rating smallint,
    channel text,
    actor_role text
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with lists as (
        select
            publications.published_at,
            publications.publication_id,
            array(
                select rows.product_id
                from serving.recommendation_rows as rows
                where rows.publication_id = publications.publication_id and rows.person_key = published.person_key
                order by rows.rank
            ) as product_ids
        from identity.published_customers as published
        inner join serving.publications
            on
                publications.state = 'published'
                and publications.publication_id >= published.since_publication
                and (
                    published.until_publication is null
                    or publications.publication_id < published.until_publication
                )
        where
            published.customer_id = of_customer
            and exists (select 1 from serving.shown_customers where customer_id = of_customer)
    ),

    answers as (
        select answered.*
        from ops.feedback as answered
        where
            answered.customer_key in (
                select keys.customer_key from identity.keys_of_customers as keys where keys.customer_id = of_customer
                union
                select customers.customer_key from identity.customers where customers.customer_id = of_customer
            )
            and not exists (
                select 1 from ops.suppressions
                where
                    suppressions.customer_key = answered.customer_key
                    and suppressions.reason in ('erased', 'restricted')
            )
    )

    select published_at, 'listed', product_ids, publication_id, null, null::smallint, null, null
    from lists
    where product_ids <> '{}'
    union all
    select occurred_at, kind, array[product_id], publication_id, reason, rating, channel, actor_role
    from answers
    order by 1 desc
    limit n_most
$$;
comment on function serving.read_history is 'What was published for a customer, as far as it is kept, and what was answered; the latest first.';

-- One page of an advisor's customers, by id. A filter that is null lets everybody pass. Of the page one entry is written,
-- with the keys of all who are on it: whoever asks who looked at them is told of lists, too.
create function serving.read_portfolio(
    of_advisor uuid,
    asked_by text,
    beginning text,
    after text,
    n_customers integer,
    of_segment text,
    of_age_from integer,
    holding text,
    recommended text,
    of_category text,
    has_list boolean,
    answered boolean,
    within_days integer
)
returns table (
    customer_id text,
    segment text,
    age_from integer,
    age_below integer,
    annual_income_from integer,
    annual_income_below integer,
    product_id text,
    product_name text,
    n_listed integer,
    answer text,
    answered_product_id text,
    answered_at timestamptz
)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    page jsonb;
begin
    with looked_at as (
        select
            portfolio.customer_id,
            portfolio.customer_key,
            profiles.segment,
            profiles.age_from,
            profiles.age_below,
            profiles.annual_income_from,
            profiles.annual_income_below,
            lists.product_ids[1] as product_id,
            lists.product_names[1] as product_name,
            coalesce(cardinality(lists.product_ids), 0) as n_listed,
            answers.kind as answer,
            answers.product_id as answered_product_id,
            answers.occurred_at as answered_at
        from (
            select portfolios.customer_id, portfolios.customer_key
            from identity.portfolios
            where
                portfolios.advisor_key = of_advisor
                and portfolios.customer_id > after
                and starts_with(portfolios.customer_id, beginning)
            order by portfolios.customer_id
        ) as portfolio
        -- Customer by customer (`offset` keeps it so): joined to the views all of their rows would be read.
        left join lateral (
            select known.* from serving.customer_profiles as known
            where known.customer_id = portfolio.customer_id
            offset 0
        ) as profiles on true
        cross join lateral (
            select
                array_agg(shown.product_id order by shown.rank) as product_ids,
                array_agg(shown.product_name order by shown.rank) as product_names,
                array_agg(shown.category) as categories
            from serving.recommendations as shown
            where shown.customer_id = portfolio.customer_id
        ) as lists
        left join lateral (
            select given.kind, given.product_id, given.occurred_at
            from ops.feedback as given
            where
                given.customer_key = portfolio.customer_key
                and given.kind <> 'shown'
                and not exists (
                    select 1 from ops.suppressions
                    where
                        suppressions.customer_key = given.customer_key
                        and suppressions.reason in ('erased', 'restricted')
                )
            order by given.occurred_at desc
            limit 1
        ) as answers on true
        where
            (of_segment is null or profiles.segment = of_segment)
            and (of_age_from is null or profiles.age_from = of_age_from)
            and (holding is null or holding = any(profiles.held_product_ids))
            and (recommended is null or recommended = any(lists.product_ids))
            and (of_category is null or of_category = any(lists.categories))
            and (has_list is null or has_list = (lists.product_ids is not null))
            and (
                answered is null
                or answered = (
                    answers.occurred_at is not null
                    and answers.occurred_at > now() - make_interval(days => within_days)
                )
            )
        order by portfolio.customer_id
        limit n_customers
    )

    select jsonb_agg(to_jsonb(looked_at) order by looked_at.customer_id) into page from looked_at;
    if page is null then
        return;
    end if;
    insert into ops.audit_log (actor, action, subject, details)
    select
        session_user,
        'list_as_advisor',
        string_agg(listed ->> 'customer_key', ' '),
        jsonb_build_object('asked_by', asked_by, 'customers', count(*))
    from jsonb_array_elements(page) as listed;
    return query
        select
            listed.customer_id,
            listed.segment,
            listed.age_from,
            listed.age_below,
            listed.annual_income_from,
            listed.annual_income_below,
            listed.product_id,
            listed.product_name,
            listed.n_listed,
            listed.answer,
            listed.answered_product_id,
            listed.answered_at
        from jsonb_to_recordset(page) as listed (
            customer_id text,
            segment text,
            age_from integer,
            age_below integer,
            annual_income_from integer,
            annual_income_below integer,
            product_id text,
            product_name text,
            n_listed integer,
            answer text,
            answered_product_id text,
            answered_at timestamptz
        )
        order by listed.customer_id;
end
$$;
comment on function serving.read_portfolio is 'The next customers of an advisor''s portfolio that match. Audited.';

revoke execute on function
serving.strength_of, serving.read_strengths, serving.read_suitability, serving.read_history, serving.read_portfolio
from public;
grant execute on function
serving.read_strengths, serving.read_suitability, serving.read_history, serving.read_portfolio to api;
