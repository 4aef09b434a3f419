-- Whose customer somebody is, and what advisors decide about their customers' lists.

create index on raw.customers (advisor_key) where advisor_key is not null;

-- Whose customer somebody is today. The version of the customer that counts is the latest that has begun; said so that
-- the customers of one advisor are found by index.
create view identity.portfolios as
select
    customers.customer_id,
    customers.customer_key,
    versions.advisor_key
from identity.customers
inner join raw.customers as versions on versions.customer_key = customers.customer_key
where
    versions.advisor_key is not null
    and (versions.valid_from is null or versions.valid_from <= current_date)
    and not exists (
        select 1 from raw.customers as later
        where
            later.customer_key = versions.customer_key
            and later.valid_from <= current_date
            and (versions.valid_from is null or later.valid_from > versions.valid_from)
    );
comment on view identity.portfolios is 'Which advisor looks after which customer today, as the bank''s feed says: the one place that says so.';

create or replace function serving.admit_advisor(of_customer text, of_advisor uuid, asked_by text, reading text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    admitted uuid;
begin
    select portfolios.customer_key into admitted
    from identity.portfolios
    where portfolios.customer_id = of_customer and portfolios.advisor_key = of_advisor;
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

-- One decision has a row for each customer of the person of that day, so that a later split forgets it of none of them.
create sequence ops.advisor_decision_ids;
create table ops.advisor_decisions (
    decision_id bigint not null,
    customer_key uuid not null,
    kind text not null check (kind in ('taken_off', 'suggested', 'revoked')),
    product_id text not null,
    publication_id bigint not null,
    reason text check (
        reason in (
            'customer_wish', 'life_event', 'better_alternative', 'unsuitable_in_my_judgement', 'bad_timing',
            'data_is_wrong'
        )
    ),
    until_date date,
    advisor_key uuid not null,
    decided_at timestamptz not null default now(),
    revokes bigint,
    primary key (decision_id, customer_key),
    check ((kind = 'revoked') = (revokes is not null)),
    check ((kind = 'revoked') = (reason is null)),
    check ((kind = 'revoked') = (until_date is null))
);
create index on ops.advisor_decisions (customer_key, product_id);
create unique index on ops.advisor_decisions (revokes, customer_key) where revokes is not null;
comment on table ops.advisor_decisions is 'What advisors decide about a customer''s list, with a reason. Rows are only ever added; keys only, no free text.';
comment on column ops.advisor_decisions.publication_id is 'The publication that was read then; a decision holds beyond it.';
comment on column ops.advisor_decisions.until_date is 'The last day on which it holds.';

create trigger advisor_decisions_stay before update or delete on ops.advisor_decisions
for each statement execute function ops.refuse_change_but_by_officer();
create trigger advisor_decisions_say_what_they_said before update of
decision_id, kind, product_id, publication_id, reason, until_date, decided_at, revokes on ops.advisor_decisions
for each statement execute function ops.refuse_change();
create trigger advisor_decisions_are_not_emptied before truncate on ops.advisor_decisions
for each statement execute function ops.refuse_change();

create view ops.decisions_in_force as
select
    decisions.decision_id,
    decisions.customer_key,
    decisions.kind,
    decisions.product_id,
    decisions.reason,
    decisions.until_date
from ops.advisor_decisions as decisions
where
    decisions.kind <> 'revoked'
    and decisions.until_date >= current_date
    and not exists (
        select 1 from ops.advisor_decisions as later
        where later.revokes = decisions.decision_id and later.customer_key = decisions.customer_key
    );
comment on view ops.decisions_in_force is 'Decisions of advisors that hold today: neither over nor revoked.';

-- As before, with the key under which decisions about this customer stand.
create or replace view serving.shown_customers as
select
    customers.customer_id,
    customers.person_key,
    publications.publication_id,
    publications.model_version,
    publications.as_of,
    publications.published_at,
    publications.valid_until,
    coalesce(customers.customer_key, customers.person_key) as customer_key
from identity.current_customers as customers
inner join serving.publications
    on publications.publication_id = (select publication_id from serving.current_publication)
where
    publications.valid_until > now()
    and not exists (
        select 1 from identity.keys_of_customers as keys
        inner join ops.suppressions on suppressions.customer_key = keys.customer_key
        where
            keys.customer_id = customers.customer_id
            and (
                suppressions.serves = 'nothing'
                or suppressions.since >= publications.created_at
                or suppressions.reason in ('objected', 'consent_withdrawn') and keys.is_new
            )
    );

-- As before, without what an advisor took off: one look into an index per row.
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
    );

-- As before; what is refused now is asked by others, too, who write their own audit entry.
create function serving.refusals_now(of_customer text)
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
    ) as refusals
    group by refusals.product_id, refusals.rule
$$;
comment on function serving.refusals_now is 'All that is refused to one customer now; for functions that write their own audit entry.';

create or replace function serving.read_refusals(of_customer text, asked_by text)
returns table (product_id text, rule text, is_unknown boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user,
        'read_refusals',
        (select current_customers.customer_key::text from identity.current_customers where customer_id = of_customer),
        jsonb_build_object('asked_by', asked_by)
    );
    return query select * from serving.refusals_now(of_customer);
end
$$;

-- Not in the audit log: it gives nothing away, and every row says itself who wrote it and when.
create function ops.decide_as_advisor(
    of_customer text, of_advisor uuid, wanted text, about_product text, why text, until date
) returns table (decision_id bigint, trouble text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    found_key uuid;
    shown_publication bigint;
    is_listed boolean;
    is_sold boolean;
    new_id bigint;
begin
    perform pg_advisory_xact_lock_shared(491327288249);
    -- The second of two equal decisions waits for the first, and then finds it.
    perform pg_advisory_xact_lock(hashtextextended(of_customer, 44));
    select portfolios.customer_key into found_key
    from identity.portfolios
    where portfolios.customer_id = of_customer and portfolios.advisor_key = of_advisor;
    if found_key is null then
        raise no_data_found using message = 'the advisor has no customer with this id';
    end if;
    select customers.publication_id into shown_publication
    from serving.shown_customers as customers
    where customers.customer_id = of_customer;
    is_listed := exists (
        select 1 from serving.recommendations as shown
        where shown.customer_id = of_customer and shown.product_id = about_product
    );
    is_sold := exists (
        select 1 from serving.catalogue as sold
        where sold.product_id = about_product and (sold.withdrawn_at is null or sold.withdrawn_at > current_date)
    );
    trouble := case
        when wanted not in ('taken_off', 'suggested') then 'unknown_kind'
        when until not between current_date and current_date + 366 then 'until_when'
        when shown_publication is null then 'nothing_shown'
        when wanted = 'taken_off' and not is_listed then 'not_listed'
        when wanted = 'suggested' and not is_sold then 'not_sold'
        -- Permission before preference: what the model has not learned yet is no matter of permission.
        when wanted = 'suggested' and exists (
            select 1 from serving.refusals_now(of_customer) as refused
            where refused.product_id = about_product and refused.rule <> 'not_in_model'
        ) then 'refused'
        when wanted = 'suggested' and is_listed then 'listed'
        when wanted = 'suggested' and exists (
            select 1 from ops.decisions_in_force as standing
            where
                standing.customer_key = found_key
                and standing.product_id = about_product
                and standing.kind = 'suggested'
        ) then 'suggested_already'
    end;
    if trouble is null then
        new_id := nextval('ops.advisor_decision_ids');
        insert into ops.advisor_decisions (
            decision_id, customer_key, kind, product_id, publication_id, reason, until_date, advisor_key
        )
        select new_id, same.customer_key, wanted, about_product, shown_publication, why, until, of_advisor
        from ops.customers_of(found_key) as same;
    end if;
    return query select new_id, trouble;
end
$$;
comment on function ops.decide_as_advisor is
'Take a listed product off a customer''s list, or suggest one that every rule permits; else what the trouble is.';

create function ops.revoke_as_advisor(of_customer text, of_advisor uuid, revoked bigint)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    found_key uuid;
    new_id bigint;
begin
    perform pg_advisory_xact_lock_shared(491327288249);
    perform pg_advisory_xact_lock(hashtextextended(of_customer, 44));
    select portfolios.customer_key into found_key
    from identity.portfolios
    where portfolios.customer_id = of_customer and portfolios.advisor_key = of_advisor;
    if found_key is null then
        raise no_data_found using message = 'the advisor has no customer with this id';
    end if;
    if not exists (
        select 1 from ops.decisions_in_force as standing
        where standing.decision_id = revoked and standing.customer_key = found_key
    ) then
        return false;
    end if;
    new_id := nextval('ops.advisor_decision_ids');
    insert into ops.advisor_decisions (
        decision_id, customer_key, kind, product_id, publication_id, advisor_key, revokes
    )
    select new_id, standing.customer_key, 'revoked', standing.product_id, standing.publication_id, of_advisor, revoked
    from ops.advisor_decisions as standing
    where standing.decision_id = revoked;
    return true;
end
$$;
comment on function ops.revoke_as_advisor is 'Take back what an advisor of this customer decided; false where nothing of it holds.';

-- For those who answer the customer, and for the customer.
create function serving.read_advisor_decisions(of_customer text)
returns table (
    decision_id bigint,
    kind text,
    product_id text,
    reason text,
    until_date date,
    decided_at timestamptz,
    revoked_at timestamptz,
    is_in_force boolean
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        decisions.decision_id,
        decisions.kind,
        decisions.product_id,
        decisions.reason,
        decisions.until_date,
        decisions.decided_at,
        later.decided_at as revoked_at,
        later.decided_at is null and decisions.until_date >= current_date as is_in_force
    from serving.shown_customers as customers
    inner join ops.advisor_decisions as decisions on decisions.customer_key = customers.customer_key
    left join ops.advisor_decisions as later
        on later.revokes = decisions.decision_id and later.customer_key = decisions.customer_key
    where customers.customer_id = of_customer and decisions.kind <> 'revoked'
    order by decisions.decision_id desc
$$;
comment on function serving.read_advisor_decisions is 'What advisors decided about a customer who may be shown anything, the latest first.';

insert into ops.dated_places (place, dated_by, least_days) values ('ops.advisor_decisions', 'decided_at', 366);

revoke execute on function
serving.refusals_now, ops.decide_as_advisor, ops.revoke_as_advisor, serving.read_advisor_decisions from public;
grant execute on function serving.read_advisor_decisions to api, officer;
grant execute on function ops.decide_as_advisor, ops.revoke_as_advisor to api;
