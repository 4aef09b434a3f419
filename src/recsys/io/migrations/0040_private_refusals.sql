-- Systems downstream need to know what to offer; that somebody is behind with a payment, or refused a consent, they need
-- not. Whoever has to answer a customer asks by function, and that is written down.
create view serving.refusals as
select
    customers.customer_id,
    products.product_id,
    refusing.rule,
    refusing.rule = any(sets.unknown) as is_unknown,
    rows.publication_id
from serving.shown_customers as customers
inner join serving.elimination_rows as rows on rows.person_key = customers.person_key
cross join unnest(rows.set_ids) with ordinality as told (set_id, place)
inner join serving.publication_products as products
    on products.publication_id = rows.publication_id and products.position = told.place - 1
inner join serving.elimination_sets as sets
    on
        sets.publication_id = rows.publication_id
        and sets.product_id = products.product_id
        and sets.set_id = told.set_id
cross join unnest(sets.rules) as refusing (rule)
where
    rows.publication_id = (select publication_id from serving.current_publication)
    and 'objection' <> all(sets.rules);
comment on view serving.refusals is 'What the rules refused to whom in the publication that is read; of whoever objected nothing.';

create or replace view serving.eliminations with (security_barrier) as
select
    customer_id,
    product_id,
    rule,
    is_unknown,
    publication_id
from serving.refusals
where rule not in ('arrears', 'consent');

create function serving.read_refusals(of_customer text, asked_by text)
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
    return query
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
        group by refusals.product_id, refusals.rule;
end
$$;
comment on function serving.read_refusals is 'All that is refused to one customer now, and by which rule. Audited.';
revoke all on function serving.read_refusals from public;
grant execute on function serving.read_refusals to officer;
