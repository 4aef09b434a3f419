-- As before, but that somebody objected is nobody's business downstream: the rule refuses them every product, so they are
-- told like a customer who does not exist. Operations see how many they are in ops.eliminations.
create or replace view serving.eliminations with (security_barrier) as
select
    customers.customer_id,
    products.product_id,
    refusing.rule,
    refusing.rule = any(sets.unknown) as is_unknown,
    rows.publication_id
from identity.published_customers as customers
inner join serving.elimination_rows as rows on rows.person_key = customers.person_key
inner join serving.publications on publications.publication_id = rows.publication_id
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
    and 'objection' <> all(sets.rules)
    and customers.since_publication <= (select publication_id from serving.current_publication)
    and (
        customers.until_publication is null
        or customers.until_publication > (select publication_id from serving.current_publication)
    )
    and publications.valid_until > now()
    and not exists (
        select 1 from ops.suppressions
        where
            suppressions.customer_key = rows.person_key
            and (suppressions.serves = 'nothing' or suppressions.since >= publications.created_at)
    )
    and not exists (
        select 1 from identity.published_customers as same
        inner join ops.suppressions on suppressions.customer_key = same.customer_key
        where
            same.person_key = rows.person_key
            and same.since_publication <= rows.publication_id
            and (same.until_publication is null or same.until_publication > rows.publication_id)
            and (suppressions.serves = 'nothing' or suppressions.since >= publications.created_at)
    )
    and not exists (
        select 1 from identity.customers as today
        inner join identity.customers as same on same.person_key = today.person_key
        inner join ops.suppressions on suppressions.customer_key = same.customer_key
        where
            today.customer_id = customers.customer_id
            and (
                suppressions.serves = 'nothing'
                or suppressions.since >= publications.created_at
                or suppressions.reason in ('objected', 'consent_withdrawn')
                and not exists (
                    select 1 from identity.published_customers as scored
                    where
                        scored.person_key = rows.person_key
                        and scored.customer_key = suppressions.customer_key
                        and scored.since_publication <= rows.publication_id
                        and (scored.until_publication is null or scored.until_publication > rows.publication_id)
                )
            )
    );
